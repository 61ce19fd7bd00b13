import { describe, expect, it } from 'vitest';
import { NOW } from '../test/contact.ts';
import { AT_END, handled, job, LATE, type Situation } from '../test/delivery-situation.ts';

describe('a contact', () => {
  it('that is open is sent once, marked and reported as delivered with what the contact was', async () => {
    const result = await handled({});
    expect(result).toMatchObject({ answer: { kind: 'done' }, sends: 1, reports: 1 });
    expect(result.marks.sent).toContain('"status":"DELIVERED"');
    expect(result.report).toEqual({
      type: 'DeliveryReported',
      eventId: 'delivery:c1:delivered',
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
      providerRef: '',
      attempt: 1,
    });
    expect(result.seen).toEqual(['tried sent', 'sent after 1000', 'ended DELIVERED']);
  });

  it('that was sent before is reported again instead of sent, even when the state forgot it', async () => {
    const result = await handled({ sentBefore: '171-0', standing: { kind: 'unknown' }, ...LATE });
    expect(result).toMatchObject({
      answer: { kind: 'done' },
      sends: 0,
      report: { status: 'DELIVERED', offer: 'care_call' },
    });
  });

  it.each<[string, Situation, string, string]>([
    ['cancelled', { standing: { kind: 'cancelled' } }, 'CANCELLED', 'cancelled'],
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
    ['without an address', { address: { kind: 'none' } }, 'REFUSED', 'no-address'],
    [
      'whose directory is away at its end',
      { address: { kind: 'retry', detail: 'directory-away' }, ...AT_END },
      'FAILED',
      'directory-away',
    ],
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
    ['has an address nobody can ask for', { address: { kind: 'retry', detail: 'directory-away' } }, 'directory-away'],
    ['meets a store that is away', { state: new Error('connection lost') }, 'error'],
  ])('that %s is tried again soon, without a report', async (_title, situation, reason) => {
    const result = await handled(situation);
    expect(result).toMatchObject({ answer: { kind: 'again-at', atMs: NOW + 100 }, sends: 0, reports: 0 });
    expect(result.seen).toEqual([`retried ${reason}`]);
  });

  it('waits longer from try to try, and not beyond its end', async () => {
    const unknown: Situation = { standing: { kind: 'unknown' } };
    expect((await handled(unknown, { earlierAttempts: 3 })).answer).toEqual({ kind: 'again-at', atMs: NOW + 800 });
    expect((await handled(unknown, { earlierAttempts: 99 })).answer).toEqual({ kind: 'again-at', atMs: NOW + 5_000 });
    const near = { earlierAttempts: 99, sendBy: NOW + 5 };
    expect((await handled(unknown, near)).answer).toEqual({ kind: 'again-at', atMs: NOW + 5 });
  });

  it('that comes too early is put back to its time', async () => {
    const result = await handled({}, { sendAt: NOW + 1 });
    expect(result).toMatchObject({ answer: { kind: 'again-at', atMs: NOW + 1 }, sends: 0, reports: 0 });
  });

  it('is looked at again when the directory took so long that a withdrawal may have been folded meanwhile', async () => {
    const address = { kind: 'found', address: 'ana@example.org' } as const;
    const result = await handled({ address, passingMs: 2_001 });
    expect(result).toMatchObject({ answer: { kind: 'again-at', atMs: NOW + 2_001 }, sends: 0, reports: 0 });
    expect(result.seen).toEqual(['retried looked-long-ago']);
    expect(await handled({ address, passingMs: 2_000 })).toMatchObject({ sends: 1 });
  });

  it('whose time ends between the look and the call is not sent, and may not have been begun', async () => {
    const situation = { nowMs: job.sendBy - 500, passingMs: 501, semantics: 'at-most-once' } as const;
    const result = await handled(situation);
    expect(result).toMatchObject({ answer: { kind: 'done' }, sends: 0, marks: { sending: false } });
    expect(result.report).toMatchObject({ status: 'EXPIRED', detail: 'too-late' });
  });

  it('at the very end of its time is still sent', async () => {
    expect(await handled(AT_END)).toMatchObject({ sends: 1, report: { status: 'DELIVERED' } });
  });

  it('stays in the queue while the log is away, with its mark set, so that it is not sent again', async () => {
    const result = await handled({ reportAnswer: { kind: 'retry', message: 'no broker' } });
    expect(result).toMatchObject({ answer: { kind: 'again-at' }, sends: 1, reports: 0 });
    expect(result.marks.sent).toBeDefined();
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
