import type { NewWorkItem } from '@holdfast/redis';
import { createBreaker } from '@holdfast/webhook';
import { describe, expect, it } from 'vitest';
import { NOW } from '../test/contact.ts';
import { AT_END, decision, handled, job, LATE, type Situation } from '../test/delivery-situation.ts';
import { createWorkListChannel } from './channels/work-list.ts';
import type { SendAnswer } from './ports.ts';

describe('a channel', () => {
  const atMostOnce = { semantics: 'at-most-once' } as const;

  it.each<[string, Situation]>([
    ['whatever came of it', {}],
    ['nor said to have come to nothing when its time is over', LATE],
    ['nor when its consent is withdrawn', { standing: { kind: 'refused', reason: 'consent' } }],
    ['nor when it is cancelled', { standing: { kind: 'cancelled' } }],
    ['nor when an opt-out holds it back at its end', { heldBack: true, ...AT_END }],
  ])('sending at most once is not asked again after it was begun, %s', async (_title, situation) => {
    expect(await handled({ ...atMostOnce, begunBefore: true, ...situation })).toMatchObject({
      answer: { kind: 'done' },
      sends: 0,
      report: { status: 'UNKNOWN', detail: 'begun-before', offer: decision.offer },
    });
  });

  it.each<[string, SendAnswer | Error]>([
    ['gives no answer', new Error('timeout')],
    ['asks to come again', { kind: 'again', detail: 'busy' }],
  ])('sending at most once that %s leaves the contact unknown', async (_title, answer) => {
    const result = await handled({ ...atMostOnce, answer });
    expect(result).toMatchObject({ answer: { kind: 'done' }, sends: 1, report: { status: 'UNKNOWN' } });
  });

  it.each(['idempotent', 'at-least-once'] as const)('that is %s is asked again after no answer', async (semantics) => {
    const result = await handled({ semantics, answer: new Error('timeout') });
    expect(result).toMatchObject({ answer: { kind: 'again-at', tries: 1 }, sends: 1, marks: { sent: undefined } });
    expect(result.report).toMatchObject({ status: 'ATTEMPTED', detail: 'no-answer', attempt: 1 });
  });

  it('that refuses for good ends the contact as failed', async () => {
    const result = await handled({ answer: { kind: 'failed', detail: 'no-number' } });
    expect(result).toMatchObject({ answer: { kind: 'done' }, report: { status: 'FAILED', detail: 'no-number' } });
  });

  it('that has a provider hands over, leaves the contact open, and remembers its id for the report to come', async () => {
    const result = await handled({ answer: { kind: 'handed-over', providerRef: 'm-7' } });
    expect(result).toMatchObject({ answer: { kind: 'done' }, marks: { reference: 'm-7' } });
    expect(result.report).toMatchObject({
      eventId: 'delivery:c1:sent',
      status: 'SENT',
      providerRef: 'm-7',
      attempt: 1,
    });
    const again = await handled({ ...(result.marks.sent && { sentBefore: result.marks.sent }) }, { tries: 3 });
    expect(again).toMatchObject({ answer: { kind: 'done' }, sends: 0 });
    expect(again.report).toEqual(result.report);
  });

  it('whose provider reports later is noted before the call: a report is believed though no answer came', async () => {
    const lost = await handled({ isReported: true, answer: new Error('hung up') });
    expect(lost).toMatchObject({ answer: { kind: 'again-at' }, marks: { sending: true, sent: undefined } });
    expect(await handled({ isReported: true, begunBefore: true })).toMatchObject({ sends: 1 });
  });

  it('sending at most once tries again what is known to have reached nobody', async () => {
    const answer = { kind: 'again', detail: 'http-429', isUnsent: true } as const;
    const result = await handled({ ...atMostOnce, answer });
    expect(result).toMatchObject({ answer: { kind: 'again-at' }, marks: { sending: false } });
    expect(result.report).toMatchObject({ status: 'ATTEMPTED', detail: 'http-429' });
  });

  it('tells every failed try under an id of its own and gives up after the last', async () => {
    const failing = { answer: { kind: 'again', detail: 'http-503' }, maxTries: 3 } as const;
    const second = await handled(failing, { tries: 1 });
    expect(second.report).toMatchObject({ eventId: 'delivery:c1:attempted:2', status: 'ATTEMPTED', attempt: 2 });
    expect(second.answer).toMatchObject({ kind: 'again-at', tries: 2 });
    const third = await handled(failing, { tries: 2 });
    expect(third).toMatchObject({
      answer: { kind: 'done' },
      report: { status: 'FAILED', detail: 'http-503', attempt: 3 },
    });
  });

  it('comes back when the provider wants to be asked, but not after the end of the contact', async () => {
    const busy = (notBeforeMs: number) => ({ kind: 'again', detail: 'http-429', isUnsent: true, notBeforeMs }) as const;
    const later = await handled({ answer: busy(NOW + 30_000), maxTries: 9 });
    expect(later.answer).toMatchObject({ atMs: NOW + 30_000 });
    const tooLate = await handled({ answer: busy(NOW + 900_000), maxTries: 9 });
    expect(tooLate.answer).toMatchObject({ atMs: job.sendBy });
    expect(await handled({ answer: busy(NOW + 900_000), ...AT_END })).toMatchObject({ report: { status: 'FAILED' } });
  });

  it('whose breaker is open is not called; the contact comes back after it may close, spread out', async () => {
    const breaker = createBreaker({ failures: 1, openMs: 10_000, maxOpenMs: 10_000 }, () => NOW);
    await handled({ breaker, answer: new Error('refused') });
    const held = await handled({ breaker });
    expect(held).toMatchObject({ sends: 0, reports: 0, answer: { kind: 'again-at' } });
    const { answer } = held;
    if (answer.kind !== 'again-at') throw new Error('it was done');
    expect(answer.atMs).toBeGreaterThanOrEqual(NOW + 10_000);
    expect(answer.atMs).toBeLessThan(NOW + 15_000);
    expect(answer.tries).toBeUndefined();
    expect(await handled({ breaker, ...AT_END })).toMatchObject({
      report: { status: 'FAILED', detail: 'provider-away' },
    });
  });

  it('gives the place of a probe back when a mark ruled the call out', async () => {
    let nowMs = NOW;
    const breaker = createBreaker({ failures: 1, openMs: 1_000, maxOpenMs: 1_000 }, () => nowMs);
    await handled({ breaker, answer: new Error('refused') });
    nowMs += 1_000;
    const ruledOut = await handled({ ...atMostOnce, breaker, begunMeanwhile: true });
    expect(ruledOut).toMatchObject({ sends: 0, report: { status: 'UNKNOWN', detail: 'begun-before' } });
    expect(await handled({ breaker })).toMatchObject({ sends: 1 });
    expect(breaker.state()).toBe('closed');
  });

  it('that goes to an address is given it, and no report shows it', async () => {
    const result = await handled({ address: { kind: 'found', address: 'ana@example.org' } });
    expect(result.sentTo).toEqual(['ana@example.org']);
    expect(JSON.stringify([result.report, result.marks, result.seen])).not.toContain('ana@');
  });

  it('that is a work list appends the alert of the decision under the contact id', async () => {
    const appended: unknown[] = [];
    const channel = createWorkListChannel('call-centre', {
      feed: {
        append: async (alert) => {
          appended.push(alert);
          return { kind: 'already' };
        },
      },
      alertOf: (of) => ({ offer: of.offer }),
      now: () => NOW,
    });
    expect(await channel.send({ job, decision, address: '' })).toEqual({ kind: 'sent', isMarked: true });
    expect(appended).toMatchObject([{ contactId: 'c1', json: '{"offer":"care_call"}', item: { itemId: 'c1' } }]);
  });

  it('that is a work list opens an item due as decided, first for the account manager and then for the team', async () => {
    const appended: { readonly item: NewWorkItem }[] = [];
    const channel = createWorkListChannel('call-centre', {
      feed: {
        append: async (alert) => {
          appended.push(alert);
          return { kind: 'appended' };
        },
      },
      alertOf: () => ({}),
      now: () => NOW,
    });
    const times = { workDueAt: NOW + 4_000, managerUntil: NOW + 1_000, teamUntil: NOW + 3_000 };
    await channel.send({ job, decision: { ...decision, ...times, validUntil: NOW + 9_000 }, address: '' });
    await channel.send({ job, decision: { ...decision, ...times, validUntil: NOW + 2_000 }, address: '' });
    expect(appended.map(({ item }) => item)).toMatchObject([
      { dueAt: NOW + 4_000, endsAt: NOW + 9_000, ownForMs: 1_000, teamForMs: 2_000 },
      { dueAt: NOW + 2_000, endsAt: NOW + 2_000 },
    ]);
  });
});
