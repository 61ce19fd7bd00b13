import { setTimeout as delay } from 'node:timers/promises';
import type {
  OutboundStream,
  OutboundStreams,
  StoredMessage,
  StreamHeads,
  SubscriptionLease,
  SubscriptionMessages,
} from '@holdfast/redis';
import { type BreakerPlan, createBreaker } from '@holdfast/webhook';
import { freshRecord, type MessageRecord, readRecord, withTry, writeRecord } from '../message-record.ts';
import { isWanted, readEntry } from '../outbound-message.ts';
import type { Stop, Subscription } from '../subscription.ts';
import { againAt, type Schedule } from './schedule.ts';
import type { Sender, SendOutcome } from './sender.ts';
import { createSignal } from './signal.ts';

export interface RunnerDeps {
  readonly messages: SubscriptionMessages;
  readonly streams: Pick<OutboundStreams, 'read' | 'isTrimmed'>;
  readonly sender: Sender;
  /** Nothing more is to be sent to this subscription. */
  stop(id: string, why: Stop): Promise<void>;
  /** A subscription was changed since it was read. */
  stale(): void;
  tried(outcome: SendOutcome): void;
  /** A message has ended undelivered; something was gone from a stream before it was read; a turn failed. */
  ended(): void;
  missed(): void;
  failed(error: unknown): void;
  now(): number;
}

export interface RunnerOptions {
  readonly schedule: Schedule;
  readonly breaker: BreakerPlan;
  /** Tries under way at the same time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Messages that may wait; while so many do, the streams are left alone. */
  readonly maxWaiting: number;
  /** Messages in a row that may end undelivered before nothing more is sent. */
  readonly maxUndelivered: number;
  /** How long those under way may take when it closes. */
  readonly closeMs: number;
}

/** A subscription with the revision it was read at. */
export interface CurrentSubscription {
  readonly subscription: Subscription;
  readonly revision: string;
}

/** Sends for one subscription, for as long as its lease stands. */
export interface Runner {
  /** There may be something to do. */
  wake(heads?: StreamHeads): void;
  update(current: CurrentSubscription): void;
  waiting(): number;
  /** False once the lease was found lost. */
  isRunning(): boolean;
  /** Takes nothing more, and waits for what is under way, for a while. */
  close(): Promise<void>;
}

const PAGE = 100;
const STREAMS: readonly OutboundStream[] = ['alerts', 'events'];
/** Beyond the timeout of a call: until then whoever took a message can settle it. */
const HOLD_MORE_MS = 15_000;
/** Messages that were asked for again elsewhere are found so soon. */
const MAX_IDLE_MS = 1_000;
const RETRY_MS = 250;
const SETTLE_TRIES = 40;

export function createRunner(
  first: CurrentSubscription,
  lease: SubscriptionLease,
  deps: RunnerDeps,
  options: RunnerOptions,
): Runner {
  const { messages, streams, sender, now } = deps;
  const breaker = createBreaker(options.breaker, now);
  const signal = createSignal();
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  let { subscription, revision } = first;
  let heads: StreamHeads | undefined;
  let waiting = 0;
  let isRunning = true;

  /** How many may be taken now, or until when none may. */
  const room = (): { readonly free: number; readonly notBeforeMs?: number } => {
    const free = options.concurrency - underWay.size;
    switch (breaker.state()) {
      case 'closed':
        return { free };
      case 'half-open':
        return { free: underWay.size === 0 ? 1 : 0 };
      case 'open': {
        const admission = breaker.admit();
        if (admission.kind === 'wait') return { free: 0, notBeforeMs: admission.untilMs };
        // It may close by now: the next turn sees it half open.
        admission.settle({ kind: 'unused' });
        return { free: 0, notBeforeMs: now() };
      }
    }
  };

  const takeIn = async (stream: OutboundStream, after: string): Promise<number | 'fenced' | 'stale'> => {
    const readAt = revision;
    const page = await streams.read(stream, { after, max: PAGE });
    const last = page.at(-1);
    if (last === undefined) return 0;
    if (await streams.isTrimmed(stream, after)) {
      await messages.noteMissed(lease.id, now());
      deps.missed();
    }
    const nowMs = now();
    const wanted = page.flatMap(({ id, json }): StoredMessage[] => {
      const message = readEntry(stream, json);
      if (message === undefined || !isWanted(subscription, message)) return [];
      return [{ id: message.id, record: writeRecord(freshRecord(message, { stream, id }, nowMs)) }];
    });
    const taken = await messages.takeIn(
      { ...lease, revision: readAt },
      { stream, position: last.id, dueMs: nowMs, messages: wanted },
    );
    if (taken.kind !== 'taken') return taken.kind;
    waiting = taken.waiting;
    return page.length;
  };

  const attempt = async ({ id, record: json }: StoredMessage): Promise<void> => {
    const record = readRecord(json);
    const admission = breaker.admit();
    // Left in line: it is due again when the hold ends.
    if (record === undefined || admission.kind === 'wait') return;
    const outcome = await sender.send(subscription, id, record);
    const { meaning } = outcome;
    const notBefore = meaning.kind === 'again' && meaning.notBeforeMs !== undefined ? meaning : {};
    const isAway = meaning.kind === 'again' && meaning.isReceiverAway;
    admission.settle(isAway ? { kind: 'failed', ...notBeforeOf(notBefore) } : { kind: 'answered' });
    deps.tried(outcome);
    await settle(id, record, outcome);
  };

  const settle = async (id: string, before: MessageRecord, { meaning, one }: SendOutcome): Promise<void> => {
    const nowMs = now();
    const tried = { messageId: id, tries: before.tries + 1, takenAtMs: before.takenAtMs };
    const retryMs =
      meaning.kind === 'again' ? againAt(options.schedule, { ...tried, ...notBeforeOf(meaning) }, nowMs) : undefined;
    const result = meaning.kind === 'delivered' ? 'delivered' : retryMs === undefined ? 'failed' : 'waiting';
    const record = writeRecord(withTry(before, one, result));
    const settlement = { id, record, result, nowMs, ...(retryMs !== undefined && { againAtMs: retryMs }) } as const;
    const answer = await insist(() => messages.settle(lease, settlement));
    if (result === 'failed') deps.ended();
    if (meaning.kind === 'gone') return deps.stop(lease.id, 'gone');
    if (answer?.kind === 'settled' && answer.undelivered >= options.maxUndelivered) {
      await deps.stop(lease.id, 'undelivered');
    }
  };

  /** A try that is not settled is made again: worth some patience with a store that restarts. */
  const insist = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (tries >= SETTLE_TRIES) throw error;
        await delay(RETRY_MS);
      }
    }
  };

  const start = (message: StoredMessage) => {
    const running: Promise<void> = attempt(message)
      .catch(deps.failed)
      .finally(() => {
        underWay.delete(running);
        signal.raise();
      });
    underWay.add(running);
  };

  /** Until the subscription was read again, which raises the signal. */
  const askAgain = (): number => {
    deps.stale();
    return MAX_IDLE_MS;
  };

  /** Answers for how long there is nothing to do; undefined when the lease is lost. */
  const turn = async (): Promise<number | undefined> => {
    const nowMs = now();
    const { free, notBeforeMs } = room();
    const againMs = nowMs + options.timeoutMs + HOLD_MORE_MS;
    const due = await messages.takeDue({ ...lease, revision }, { nowMs, againMs, max: Math.max(0, free) });
    if (due.kind === 'fenced') return undefined;
    if (due.kind === 'stale') return askAgain();
    waiting = due.waiting;
    for (const message of due.messages) start(message);
    let read = 0;
    for (const stream of STREAMS) {
      if (waiting >= options.maxWaiting || heads?.[stream] === due.positions[stream]) continue;
      const found = await takeIn(stream, due.positions[stream]);
      if (found === 'fenced') return undefined;
      if (found === 'stale') return askAgain();
      read += found;
    }
    // Whatever was taken in is due at once, as far as there is room.
    if (read > 0 && (free > due.messages.length || read >= PAGE)) return 0;
    if (free <= 0) return Math.min(MAX_IDLE_MS, Math.max(1, (notBeforeMs ?? Number.POSITIVE_INFINITY) - now()));
    return Math.min(MAX_IDLE_MS, Math.max(1, (due.nextDueMs ?? Number.POSITIVE_INFINITY) - now()));
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        const idleMs = await turn();
        if (idleMs === undefined) return;
        if (idleMs > 0) await signal.wait(idleMs);
      } catch (error) {
        deps.failed(error);
        await delay(RETRY_MS);
      }
    }
  };
  const running = run().finally(() => {
    isRunning = false;
  });

  return {
    wake(next) {
      heads = next ?? heads;
      signal.raise();
    },
    update(next) {
      ({ subscription, revision } = next);
      signal.raise();
    },
    waiting: () => waiting,
    isRunning: () => isRunning,
    async close() {
      closing.abort();
      signal.raise();
      await running;
      await Promise.race([Promise.all(underWay), delay(options.closeMs, undefined, { ref: false })]);
      await sender.close();
    },
  };
}

function notBeforeOf({ notBeforeMs }: { readonly notBeforeMs?: number }): { readonly notBeforeMs?: number } {
  return notBeforeMs === undefined ? {} : { notBeforeMs };
}
