import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ANSWER } from './answers.ts';
import { gathered } from './gathered-calls.ts';
import { contactKeys } from './keys.ts';
import { MARK_TTL_SECONDS } from './marks.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';
import { fieldsOf, type NewWorkItem } from './work-item.ts';

export interface Alert {
  /** Position in the feed, `ms-sequence`; also the event id of the stream served to agents. */
  readonly id: string;
  readonly contactId: string;
  readonly json: string;
}

export interface NewAlert {
  readonly contactId: string;
  readonly json: string;
  readonly item?: NewWorkItem;
}

export type AppendAnswer = { readonly kind: 'appended'; readonly id: string } | { readonly kind: 'already' };

export interface AlertFeed {
  /**
   * Appends with the sent mark, and opens the item where one is given, in one step: however often it is asked for, an
   * alert appears once, and never without its item. Those asked for in one turn of the event loop go in one script.
   */
  append(alert: NewAlert): Promise<AppendAnswer>;
  /** Up to `max` alerts after this id, oldest first; from the oldest kept when `after` is absent. */
  read(range: { readonly after?: string; readonly max: number }): Promise<readonly Alert[]>;
  /**
   * Alerts after this id (from now on when absent) as they come, until the signal aborts or the feed closes. Throws the
   * client's error when older alerts cannot be read; the subscriber comes again with the last id it has.
   */
  tail(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterableIterator<Alert>;
  /** Id of the newest alert there ever was; `0-0` when there was none. */
  lastId(): Promise<string>;
  /** Id of the oldest alert that is kept; undefined when there is none. */
  firstId(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface AlertFeedOptions {
  readonly url: string;
  /** About so many alerts are kept. Default 100,000. */
  readonly maxLength?: number;
  /** Default MARK_TTL_SECONDS. */
  readonly markTtlSeconds?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

export const FIRST_ALERT_ID = '0-0';
const MAX_LENGTH = 100_000;
const TIMEOUT_MS = 5_000;
const PAGE = 500;
/** A script blocks the server while it runs; an alert with its item takes it about a tenth of a millisecond. */
const MOST_APPENDED = 50;
/** Alerts remembered for subscribers that are nearly up to date; older ones are read from Redis. */
const RECENT = 1_000;
const BLOCK_MS = 2_000;
const RETRY_MS = 200;

/** Whether text from outside (a Last-Event-ID) has the form of an alert id. */
export function isAlertId(text: string): boolean {
  return /^\d{1,16}-\d{1,16}$/.test(text);
}

/** The call-centre's alerts as a Redis stream. All subscribers share one blocking connection, made with the first. */
export function createAlertFeed(options: AlertFeedOptions): AlertFeed {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const maxLength = options.maxLength ?? MAX_LENGTH;
  const markTtlSeconds = options.markTtlSeconds ?? MARK_TTL_SECONDS;
  const closing = new AbortController();
  let live: LiveTail | undefined;
  let subscribers = 0;

  const read: AlertFeed['read'] = async ({ after, max }) => {
    if (after !== undefined && !isAlertId(after)) throw new RangeError(`${after} is no alert id`);
    const entries = await redis.xrange(contactKeys.alerts, after === undefined ? '-' : `(${after}`, '+', 'COUNT', max);
    return entries.map(alertOf);
  };
  const lastId = () => lastIdOf(redis);
  const firstId = async () => (await redis.xrange(contactKeys.alerts, '-', '+', 'COUNT', 1))[0]?.[0];
  const subscribe = () => {
    subscribers += 1;
    live ??= createLiveTail(options.url, lastId, closing.signal);
    return live;
  };
  const unsubscribe = () => {
    subscribers -= 1;
    if (subscribers > 0) return;
    live?.stop();
    live = undefined;
  };

  async function* tail({ after, signal }: { readonly after?: string; readonly signal: AbortSignal }) {
    const ended = AbortSignal.any([signal, closing.signal]);
    const tailing = subscribe();
    try {
      let position = after ?? (await lastId());
      while (!ended.aborted) {
        // Known before the read below: what that read does not find up to here is gone for good.
        const floor = tailing.floor();
        const recent = tailing.after(position);
        const page = recent ?? (await read({ after: position, max: PAGE }));
        for (const alert of page) {
          if (ended.aborted) return;
          position = alert.id;
          yield alert;
        }
        if (!recent && page.length === 0 && floor !== undefined) position = floor;
        if (page.length === 0) await tailing.more(position, ended);
      }
    } catch (error) {
      // A read cut off by the end of the subscription is its end.
      if (!ended.aborted) throw error;
    } finally {
      unsubscribe();
    }
  }

  return {
    append: gathered(MOST_APPENDED, async (alerts: readonly NewAlert[]) => {
      const marks = alerts.map(({ contactId }) => contactKeys.sent(contactId));
      const keys = [contactKeys.alerts, contactKeys.work, ...marks];
      const args = [maxLength, markTtlSeconds, ...alerts.flatMap(appendArgs)];
      const answers = await runScript(redis, SCRIPTS.appendAlerts, keys, args);
      return (answers as (readonly unknown[])[]).map(appendAnswer);
    }),
    read,
    tail,
    lastId,
    firstId,
    async close() {
      closing.abort();
      live?.stop();
      redis.disconnect();
    },
  };
}

function appendArgs({ contactId, json, item }: NewAlert): (string | number)[] {
  const fields = item === undefined ? [] : fieldsOf(item);
  return [contactId, json, fields.length, ...fields];
}

function appendAnswer([answer, detail]: readonly unknown[]): AppendAnswer | Error {
  if (String(answer) === ANSWER.already) return { kind: 'already' };
  if (String(answer) === ANSWER.ok) return { kind: 'appended', id: String(detail) };
  return new Error(`alert refused: ${String(detail)}`);
}

/** What has come since the first subscriber, kept up to date by one blocking read. */
interface LiveTail {
  /** Remembered alerts after this id; undefined when the memory does not reach back that far. */
  after(id: string): readonly Alert[] | undefined;
  /** The id the memory begins after; undefined until the position of the feed is known. */
  floor(): string | undefined;
  /** Resolves when something after this id is remembered, or the signal aborts. */
  more(id: string, signal: AbortSignal): Promise<void>;
  stop(): void;
}

function createLiveTail(url: string, lastId: () => Promise<string>, closing: AbortSignal): LiveTail {
  const stopping = new AbortController();
  const ended = AbortSignal.any([stopping.signal, closing]);
  const blocking = createSharedConnection(url, { connectMs: TIMEOUT_MS, silenceMs: BLOCK_MS + TIMEOUT_MS });
  const waiting = new Set<() => void>();
  let recent: Alert[] = [];
  let start: string | undefined;
  let head = FIRST_ALERT_ID;

  const wake = () => {
    for (const resume of waiting) resume();
  };
  const remember = (alerts: readonly Alert[]) => {
    recent.push(...alerts);
    head = recent.at(-1)?.id ?? head;
    const surplus = recent.length - RECENT;
    if (surplus > 0) {
      start = recent[surplus - 1]?.id ?? start;
      recent = recent.slice(surplus);
    }
    wake();
  };
  const run = async () => {
    while (!ended.aborted) {
      try {
        if (start === undefined) {
          start = head = await lastId();
          wake();
        }
        const reply = await blocking.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, 'STREAMS', contactKeys.alerts, head);
        const entries = reply?.[0]?.[1] ?? [];
        if (entries.length > 0) remember(entries.map(alertOf));
      } catch {
        // Redis is away or the tail was stopped; the position is kept, so nothing is missed by trying again.
        await delay(RETRY_MS, undefined, { signal: ended }).catch(() => undefined);
      }
    }
  };
  void run();

  return {
    after(id) {
      if (start === undefined || compareAlertIds(id, start) < 0) return undefined;
      let from = recent.length;
      while (from > 0 && compareAlertIds(recent[from - 1]?.id ?? FIRST_ALERT_ID, id) > 0) from -= 1;
      return recent.slice(from);
    },
    floor: () => start,
    more(id, signal) {
      if (signal.aborted || (start !== undefined && compareAlertIds(head, id) > 0)) return Promise.resolve();
      return new Promise((resolve) => {
        const resume = () => {
          waiting.delete(resume);
          signal.removeEventListener('abort', resume);
          resolve();
        };
        waiting.add(resume);
        signal.addEventListener('abort', resume);
      });
    },
    stop() {
      stopping.abort();
      blocking.disconnect();
    },
  };
}

/** Of the last one ever appended: it may have been taken out since, and listeners who had it are not to begin anew. */
async function lastIdOf(redis: Redis): Promise<string> {
  try {
    const fields = (await redis.xinfo('STREAM', contactKeys.alerts)) as unknown[];
    return String(fields[fields.indexOf('last-generated-id') + 1]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such key')) return FIRST_ALERT_ID;
    throw error;
  }
}

function alertOf([id, fields]: readonly [id: string, fields: readonly string[]]): Alert {
  return { id, contactId: fields[1] ?? '', json: fields[3] ?? '' };
}

/** Negative when `a` came before `b`. Ids are `ms-sequence`; both parts stay below 2^53. */
export function compareAlertIds(a: string, b: string): number {
  const [aMs = 0, aSequence = 0] = a.split('-').map(Number);
  const [bMs = 0, bSequence = 0] = b.split('-').map(Number);
  return aMs - bMs || aSequence - bSequence;
}
