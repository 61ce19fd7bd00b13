import type { DecisionMade } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import { describe, expect, it } from 'vitest';
import { createCallCentreChannel } from './call-centre.ts';
import { createDelivery } from './delivery.ts';
import type { Channel, DecisionAnswer, DeliveryReport, ReportAnswer, SendAnswer, Standing } from './ports.ts';

const NOW = 1_800_000_000_000;
const decision: DecisionMade = {
  type: 'DecisionMade',
  contactId: 'c1',
  eventId: 'e1',
  source: 'holdfast',
  occurredAt: NOW - 3_000,
  customerId: '4711',
  decidedAt: NOW - 2_000,
  trigger: 'gone_quiet',
  occasion: 'o',
  step: 'first',
  campaign: 'save',
  offer: 'care_call',
  category: 'retention',
  kind: 'marketing',
  channel: 'call-centre',
  arm: 'treated',
  outcome: 'contact',
  suppressedBy: '',
  sendAt: NOW - 1_000,
  sendBy: NOW + 60_000,
  validUntil: null,
  policyVersion: 'sha256:0',
  probability: 1,
  priority: 2,
  language: 'en',
  title: {},
  reason: {},
  script: {},
  evidence: [],
  candidates: [],
  exclusions: [],
};
const job: ContactJob = {
  channel: 'call-centre',
  contactId: 'c1',
  entityId: '4711',
  sendAt: NOW - 1_000,
  sendBy: NOW + 60_000,
  earlierAttempts: 0,
};

interface Situation {
  readonly nowMs?: number;
  readonly state?: { readonly bytes: Buffer | null; readonly trusted: boolean } | Error;
  readonly standing?: Standing | Error;
  readonly decision?: DecisionAnswer;
  readonly heldBack?: boolean;
  readonly sentBefore?: boolean;
  readonly begunBefore?: boolean;
  readonly semantics?: Channel['semantics'];
  readonly answer?: SendAnswer | Error;
  readonly reportAnswer?: ReportAnswer;
}

/** Handles `job` in a situation; answers what came of it. */
async function handled(situation: Situation, change: Partial<ContactJob> = {}) {
  const sentTo: string[] = [];
  const reports: DeliveryReport[] = [];
  const seen: string[] = [];
  const marks = { sent: situation.sentBefore ?? false, sending: situation.begunBefore ?? false };
  const channel: Channel = {
    name: 'call-centre',
    semantics: situation.semantics ?? 'idempotent',
    async send(contact) {
      sentTo.push(contact.decision.customerId);
      if (situation.answer instanceof Error) throw situation.answer;
      return situation.answer ?? { kind: 'sent' };
    },
  };
  const handle = createDelivery(
    channel,
    {
      state: async () => {
        if (situation.state instanceof Error) throw situation.state;
        return situation.state ?? { bytes: Buffer.from('state'), trusted: true };
      },
      standing: () => {
        if (situation.standing instanceof Error) throw situation.standing;
        return situation.standing ?? { kind: 'open' };
      },
      decision: async () => situation.decision ?? { kind: 'found', decision },
      marks: {
        markSending: async () => {
          const answer = marks.sending ? 'already' : 'first';
          marks.sending = true;
          return answer;
        },
        markSent: async () => {
          marks.sent = true;
        },
        wasSent: async () => marks.sent,
      },
      isHeldBack: async () => situation.heldBack ?? false,
      report: async (report) => {
        const answer = situation.reportAnswer ?? { kind: 'ok' };
        if (answer.kind === 'ok') reports.push(report);
        return answer;
      },
      now: () => situation.nowMs ?? NOW,
    },
    {
      ended: (_channel, status, detail) => seen.push(`ended ${status} ${detail}`.trimEnd()),
      sent: (_channel, afterMs) => seen.push(`sent after ${afterMs}`),
      retried: (_channel, reason) => seen.push(`retried ${reason}`),
      reportRefused: (_channel, message) => seen.push(`report refused: ${message}`),
    },
  );
  const answer = await handle({ ...job, ...change });
  return { answer, sends: sentTo.length, report: reports[0], reports: reports.length, marks, seen };
}

const LATE = { nowMs: job.sendBy + 1 };
const AT_END = { nowMs: job.sendBy };

describe('a contact', () => {
  it('that is open is sent once, marked and reported as delivered with what the contact was', async () => {
    const result = await handled({});
    expect(result).toMatchObject({ answer: { kind: 'done' }, sends: 1, reports: 1, marks: { sent: true } });
    expect(result.report).toEqual({
      type: 'DeliveryReported',
      eventId: 'delivery:c1',
      source: 'holdfast:dispatcher',
      occurredAt: NOW,
      customerId: '4711',
      contactId: 'c1',
      offer: 'care_call',
      campaign: 'save',
      arm: 'treated',
      channel: 'call-centre',
      category: 'retention',
      sendAt: NOW - 1_000,
      status: 'DELIVERED',
      detail: '',
    });
    expect(result.seen).toEqual(['sent after 1000', 'ended DELIVERED']);
  });

  it('that was sent before is reported again instead of sent, even when the state forgot it', async () => {
    const result = await handled({ sentBefore: true, standing: { kind: 'unknown' }, ...LATE });
    expect(result).toMatchObject({
      answer: { kind: 'done' },
      sends: 0,
      report: { status: 'DELIVERED', offer: 'care_call' },
    });
  });

  it.each<[string, Situation, string, string]>([
    ['cancelled', { standing: { kind: 'cancelled' } }, 'REFUSED', 'cancelled'],
    ['closed', { standing: { kind: 'closed' } }, 'REFUSED', 'closed'],
    ['refused for consent', { standing: { kind: 'refused', reason: 'consent' } }, 'REFUSED', 'consent'],
    ['refused because it is over', { standing: { kind: 'refused', reason: 'expired' } }, 'EXPIRED', 'expired'],
    ['in an unreadable state at its end', { standing: new Error('layout 9'), ...AT_END }, 'UNKNOWN', 'unreadable'],
    ['open but too late', LATE, 'EXPIRED', 'too-late'],
    ['unknown at its end', { standing: { kind: 'unknown' }, ...AT_END }, 'UNKNOWN', 'unknown'],
    [
      'of a customer without a state at its end',
      { state: { bytes: null, trusted: true }, ...AT_END },
      'UNKNOWN',
      'unknown',
    ],
    [
      'in an untrusted state at its end',
      { state: { bytes: Buffer.from('s'), trusted: false }, ...AT_END },
      'UNKNOWN',
      'untrusted',
    ],
    ['suppressed at its end', { heldBack: true, ...AT_END }, 'REFUSED', 'suppressed'],
    ['without a decision at its end', { decision: { kind: 'missing' }, ...AT_END }, 'FAILED', 'no-decision'],
  ])('%s is never sent and always reported', async (_title, situation, status, detail) => {
    const result = await handled(situation);
    expect(result).toMatchObject({ answer: { kind: 'done' }, sends: 0, reports: 1, report: { status, detail } });
  });

  it.each<[string, Situation, string]>([
    ['is unknown', { standing: { kind: 'unknown' } }, 'unknown'],
    ['stands in a state of a later layout', { standing: new Error('layout 9') }, 'unreadable'],
    ['has no state yet', { state: { bytes: null, trusted: true } }, 'unknown'],
    ['stands open in a state nobody vouches for', { state: { bytes: Buffer.from('s'), trusted: false } }, 'untrusted'],
    [
      'stands cancelled in a state nobody vouches for',
      { state: { bytes: Buffer.from('s'), trusted: false }, standing: { kind: 'cancelled' } },
      'untrusted',
    ],
    ['is held back by a fresh opt-out', { heldBack: true }, 'suppressed'],
    ['has no decision yet', { decision: { kind: 'missing' } }, 'no-decision'],
    ['cannot be read without the registry', { decision: { kind: 'retry', message: 'away' } }, 'registry'],
    ['meets a store that is away', { state: new Error('connection lost') }, 'error'],
  ])('that %s is tried again soon, without a report', async (_title, situation, reason) => {
    const result = await handled(situation);
    expect(result).toMatchObject({ answer: { kind: 'again-at', atMs: NOW + 100 }, sends: 0, reports: 0 });
    expect(result.seen).toEqual([`retried ${reason}`]);
  });

  it('waits longer from try to try, and not beyond its end', async () => {
    const unknown: Situation = { standing: { kind: 'unknown' } };
    expect((await handled(unknown, { earlierAttempts: 3 })).answer).toEqual({ kind: 'again-at', atMs: NOW + 800 });
    expect((await handled(unknown, { earlierAttempts: 99 })).answer).toEqual({ kind: 'again-at', atMs: NOW + 15_000 });
    const near = { earlierAttempts: 99, sendBy: NOW + 5 };
    expect((await handled(unknown, near)).answer).toEqual({ kind: 'again-at', atMs: NOW + 5 });
  });

  it('that comes too early is put back to its time', async () => {
    const result = await handled({}, { sendAt: NOW + 1 });
    expect(result).toMatchObject({ answer: { kind: 'again-at', atMs: NOW + 1 }, sends: 0, reports: 0 });
  });

  it('at the very end of its time is still sent', async () => {
    expect(await handled(AT_END)).toMatchObject({ sends: 1, report: { status: 'DELIVERED' } });
  });

  it('stays in the queue while the log is away, with its mark set, so that it is not sent again', async () => {
    const result = await handled({ reportAnswer: { kind: 'retry', message: 'no broker' } });
    expect(result).toMatchObject({ answer: { kind: 'again-at' }, sends: 1, reports: 0, marks: { sent: true } });
  });

  it('whose report can never be written is finished loudly', async () => {
    const result = await handled({ reportAnswer: { kind: 'refused', message: 'customerId is too long' } });
    expect(result.answer).toEqual({ kind: 'done' });
    expect(result.seen).toContain('report refused: customerId is too long');
  });

  it('is reported with ids alone when its decision is lost', async () => {
    const result = await handled({ standing: { kind: 'cancelled' }, decision: { kind: 'missing' } });
    expect(result.report).toMatchObject({ contactId: 'c1', offer: '', campaign: '', sendAt: job.sendAt });
  });
});

describe('a channel', () => {
  const atMostOnce = { semantics: 'at-most-once' } as const;

  it('sending at most once is not asked again after it was begun, whatever came of it', async () => {
    expect(await handled({ ...atMostOnce, begunBefore: true })).toMatchObject({
      sends: 0,
      report: { status: 'UNKNOWN', detail: 'begun-before' },
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
    expect(result).toMatchObject({ answer: { kind: 'again-at' }, sends: 1, reports: 0, marks: { sent: false } });
  });

  it('that refuses for good ends the contact as failed', async () => {
    const result = await handled({ answer: { kind: 'failed', detail: 'no-number' } });
    expect(result).toMatchObject({ answer: { kind: 'done' }, report: { status: 'FAILED', detail: 'no-number' } });
  });

  it('to the call centre appends the alert of the decision under the contact id', async () => {
    const appended: unknown[] = [];
    const channel = createCallCentreChannel({
      feed: {
        append: async (alert) => {
          appended.push(alert);
          return { kind: 'already' };
        },
      },
      alertOf: (of) => ({ offer: of.offer }),
    });
    expect(await channel.send({ job, decision })).toEqual({ kind: 'sent' });
    expect(appended).toEqual([{ contactId: 'c1', json: '{"offer":"care_call"}' }]);
  });
});
