import type { EventInput } from '@holdfast/events';
import type { SendOutcome } from '@holdfast/kafka';
import type { DeskEvent } from './desk.ts';

export interface AnswerQueueDeps {
  send(events: readonly EventInput[]): Promise<readonly SendOutcome[]>;
  /** Ms since the epoch. */
  now(): number;
}

/** Sends what happens at the desk when it happens. */
export interface AnswerQueue {
  add(events: readonly DeskEvent[]): void;
  /** Sends what is due. What the log did not acknowledge is due again. */
  sendDue(): Promise<void>;
  /** Sends all there is, due or not, in the order in which it would have happened. */
  sendAll(): Promise<void>;
  /** Acknowledged by the log. */
  accepted(): number;
  /** Still to be sent. */
  readonly length: number;
}

interface Waiting {
  readonly dueMs: number;
  readonly event: DeskEvent;
}

export function createAnswerQueue({ send, now }: AnswerQueueDeps): AnswerQueue {
  let waiting: Waiting[] = [];
  let accepted = 0;

  const sendUntil = async (untilMs: number): Promise<void> => {
    const due = waiting.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
    if (due.length === 0) return;
    waiting = waiting.filter(({ dueMs }) => dueMs > untilMs);
    const nowMs = now();
    // In order, a millisecond apart: who was told before he answered has it so in the log.
    const outcomes = await send(due.map(({ event }, index) => event.eventAt(nowMs + index - due.length)));
    outcomes.forEach(({ kind }, index) => {
      const sent = due[index];
      if (kind === 'accepted') accepted += 1;
      else if (kind !== 'rejected' && sent) waiting.push(sent);
    });
  };
  return {
    add(events) {
      const nowMs = now();
      waiting.push(...events.map((event) => ({ dueMs: nowMs + event.afterMs, event })));
    },
    sendDue: () => sendUntil(now()),
    sendAll: () => sendUntil(Number.POSITIVE_INFINITY),
    accepted: () => accepted,
    get length() {
      return waiting.length;
    },
  };
}
