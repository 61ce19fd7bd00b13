import type { EventInput } from '@holdfast/events';
import type { SendOutcome } from '@holdfast/kafka';
import { describe, expect, it } from 'vitest';
import { createAnswerQueue } from './answer-queue.ts';
import type { DeskEvent } from './desk.ts';

function deskEvent(what: DeskEvent['what'], afterMs: number): DeskEvent {
  return { what, afterMs, eventAt: (occurredAt) => ({ type: what, eventId: what, occurredAt }) as EventInput };
}

function queueWith(answer: () => SendOutcome) {
  const sent: EventInput[] = [];
  let nowMs = 10_000;
  const queue = createAnswerQueue({
    now: () => nowMs,
    async send(events) {
      sent.push(...events);
      return events.map(answer);
    },
  });
  return { queue, sent, pass: (ms: number) => (nowMs += ms) };
}

const ACCEPTED: SendOutcome = { kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } };

describe('the answers of a desk', () => {
  it('are sent when they are due, in their order and never in the future', async () => {
    const { queue, sent, pass } = queueWith(() => ACCEPTED);
    queue.add([deskEvent('OfferPresented', 100), deskEvent('OfferAccepted', 200), deskEvent('OfferFulfilled', 900)]);
    await queue.sendDue();
    expect(sent).toEqual([]);
    pass(300);
    await queue.sendDue();
    expect(sent.map(({ type }) => type)).toEqual(['OfferPresented', 'OfferAccepted']);
    expect(sent.map(({ occurredAt }) => occurredAt)).toEqual([10_298, 10_299]);
    await queue.sendAll();
    expect([sent.at(-1)?.type, queue.length, queue.accepted()]).toEqual(['OfferFulfilled', 0, 3]);
  });

  it('are sent again until the log acknowledges them, but not what it can never take', async () => {
    const outcomes: SendOutcome[] = [
      { kind: 'unavailable', message: 'away' },
      { kind: 'rejected', code: 'contract', message: 'wrong' },
      ACCEPTED,
    ];
    const { queue, sent } = queueWith(() => outcomes.shift() ?? ACCEPTED);
    queue.add([deskEvent('OfferPresented', 0), deskEvent('OfferRejected', 0)]);
    await queue.sendAll();
    expect(queue.length).toBe(1);
    await queue.sendAll();
    expect(sent.map(({ type }) => type)).toEqual(['OfferPresented', 'OfferRejected', 'OfferPresented']);
    expect([queue.length, queue.accepted()]).toEqual([0, 1]);
  });
});
