import type { EventInput } from '@holdfast/events';
import type { SendOutcome } from '@holdfast/kafka';
import { describe, expect, it } from 'vitest';
import { sendTimeline } from './sender.ts';
import type { TimelineEntry } from './timeline.ts';

const entries = (count: number, isLive = false): TimelineEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    atMs: 1_000 + n,
    isLive,
    event: {
      type: 'ContactOpened',
      source: 's',
      eventId: `e-${n}`,
      occurredAt: 1_000 + n,
      customerId: 'c',
      interactionId: 'i',
      channel: 'store',
    },
  }));

/** A log under a clock that moves only when somebody sleeps. */
const ACCEPTED: SendOutcome = { kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } };

function world(answer: (event: EventInput, attempt: number) => SendOutcome = () => ACCEPTED) {
  let nowMs = 50_000;
  const attempts = new Map<string, number>();
  const sends: { readonly atMs: number; readonly events: readonly EventInput[] }[] = [];
  const deps = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
    send: async (events: readonly EventInput[]) => {
      sends.push({ atMs: nowMs - 50_000, events });
      return events.map((event) => {
        const attempt = (attempts.get(event.eventId) ?? 0) + 1;
        attempts.set(event.eventId, attempt);
        return answer(event, attempt);
      });
    },
  };
  return { deps, sends };
}

const signal = new AbortController().signal;

describe('sending a timeline', () => {
  it('keeps an open-loop rate whatever the answers', async () => {
    const { deps, sends } = world();
    const result = await sendTimeline(entries(30), { kind: 'rate', perSecond: 100 }, deps, { signal });
    expect(result).toMatchObject({ accepted: 30, behindMs: 0, elapsedMs: 290 });
    for (const { atMs, events } of sends)
      for (const { eventId } of events) expect(atMs).toBe(Number(eventId.slice(2)) * 10);
  });

  it('sends again what the log did not acknowledge, under the same id', async () => {
    const { deps } = world((event, attempt) =>
      event.eventId === 'e-1' && attempt < 3 ? { kind: 'unavailable', message: 'away' } : ACCEPTED,
    );
    expect(await sendTimeline(entries(3), { kind: 'unpaced' }, deps, { signal })).toMatchObject({
      accepted: 3,
      lost: 0,
    });
  });

  it('counts what can never be sent, and says why', async () => {
    const { deps } = world(() => ({ kind: 'rejected', code: 'contract', message: 'customerId is empty' }));
    const result = await sendTimeline(entries(2), { kind: 'unpaced' }, deps, { signal });
    expect(result).toMatchObject({
      accepted: 0,
      rejected: 2,
      rejections: ['customerId is empty', 'customerId is empty'],
    });
  });

  it('gives up on a log that never answers, and counts what is lost', async () => {
    const { deps } = world(() => ({ kind: 'unavailable', message: 'away' }));
    expect(await sendTimeline(entries(2), { kind: 'unpaced' }, deps, { signal })).toMatchObject({
      accepted: 0,
      lost: 2,
    });
  });

  it('stamps what is not recorded with the time of sending', async () => {
    const { deps, sends } = world();
    await sendTimeline(entries(1, true), { kind: 'unpaced' }, deps, { signal });
    expect(sends[0]?.events[0]?.occurredAt).toBe(50_000);
  });

  it('stops when it is told to', async () => {
    const stopping = new AbortController();
    const { deps, sends } = world(() => {
      stopping.abort();
      return ACCEPTED;
    });
    await sendTimeline(entries(5_000), { kind: 'rate', perSecond: 10 }, deps, { signal: stopping.signal });
    expect(sends).toHaveLength(1);
  });
});
