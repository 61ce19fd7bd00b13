import type { EventInput } from '@holdfast/events';
import { describe, expect, it, vi } from 'vitest';
import { deliver } from './delivery.ts';
import type { Handed } from './event-sink.ts';

const event = (eventId: string): EventInput => ({
  type: 'ComplaintResolved',
  eventId,
  source: 's',
  occurredAt: 1_767_225_600_000,
  customerId: 'c',
  complaintId: 'x',
});
const AGAIN: Handed = { kind: 'again', why: 'the log is away' };
const ACCEPTED: Handed = { kind: 'accepted' };

/** A sink that answers by these lists, one a call, and remembers what it was given. */
function scripted(answers: readonly (readonly Handed[])[]) {
  const given: string[][] = [];
  const send = async (events: readonly EventInput[]) => {
    given.push(events.map(({ eventId }) => eventId));
    return answers[given.length - 1] ?? events.map(() => AGAIN);
  };
  return { given, send, close: async () => undefined };
}

describe('a delivery', () => {
  it('sends again what was not taken, and nothing else, and answers in the order of the events', async () => {
    const rejected: Handed = { kind: 'rejected', field: 'x', reason: 'no' };
    const sink = scripted([[AGAIN, ACCEPTED, AGAIN], [rejected, AGAIN], [ACCEPTED]]);
    const waiting = vi.fn();
    const delivered = await deliver(sink, ['a', 'b', 'c'].map(event), { patienceMs: 10_000, waiting });
    expect(delivered).toEqual([rejected, ACCEPTED, ACCEPTED]);
    expect(sink.given).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c']]);
    expect(waiting.mock.calls).toEqual([['the log is away'], ['the log is away']]);
  });

  it('gives up when nothing is taken for longer than its patience', async () => {
    const sink = scripted([]);
    const delivered = deliver(sink, [event('a')], { patienceMs: 300, waiting: () => undefined });
    await expect(delivered).rejects.toThrow('events are not taken: the log is away');
    expect(sink.given.length).toBeGreaterThan(1);
  });
});
