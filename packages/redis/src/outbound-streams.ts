import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { compareAlertIds } from './alert-feed.ts';
import { customerMark } from './customer-mark.ts';
import { contactKeys, webhookKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** What subscribers are sent comes from two streams: the call-centre's alerts, and events published for subscribers. */
export type OutboundStream = 'alerts' | 'events';

export interface OutboundEntry {
  /** Position in its stream, `ms-sequence`. */
  readonly id: string;
  readonly json: string;
}

/** The newest id of each stream; `0-0` where there is none. */
export type StreamHeads = Readonly<Record<OutboundStream, string>>;

/** A place in the log up to which events were published. */
export interface PublishedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** Calls reject with the client's error when Redis cannot be reached or the reply was lost. */
export interface OutboundStreams {
  /** Appends events, and with them the places they were read at: neither is kept without the other. */
  publish(jsons: readonly string[], places?: readonly PublishedPlace[]): Promise<void>;
  /** Of each `topic:partition` the offset after the last one published. */
  publishedPlaces(): Promise<ReadonlyMap<string, number>>;
  /** Up to `max` entries after this id, oldest first. */
  read(
    stream: OutboundStream,
    range: { readonly after: string; readonly max: number },
  ): Promise<readonly OutboundEntry[]>;
  /** The entry with this id, while it is kept. */
  entry(stream: OutboundStream, id: string): Promise<OutboundEntry | undefined>;
  /** Whether what came after this id is no longer kept whole. */
  isTrimmed(stream: OutboundStream, after: string): Promise<boolean>;
  heads(): Promise<StreamHeads>;
  /** Takes what names a customer out of both streams. */
  forget(customerId: string): Promise<void>;
  /** Yields the heads whenever they move, until the signal aborts. Redis being away is waited out. */
  watch(signal: AbortSignal): AsyncGenerator<StreamHeads, void, undefined>;
  close(): Promise<void>;
}

export interface OutboundStreamsOptions {
  readonly url: string;
  /** About so many events are kept. Default 100,000. */
  readonly maxLength?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MAX_LENGTH = 100_000;
const TIMEOUT_MS = 5_000;
const BLOCK_MS = 2_000;
const RETRY_MS = 200;
/** Entries looked at in one call when a customer is forgotten. */
const FORGET_PAGE = 1_000;
const NOTHING = '0-0';

export function createOutboundStreams(options: OutboundStreamsOptions): OutboundStreams {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const maxLength = options.maxLength ?? MAX_LENGTH;
  const closing = new AbortController();
  return {
    async publish(jsons, places = []) {
      const offsets = places.flatMap(({ topic, partition, nextOffset }) => [`${topic}:${partition}`, nextOffset]);
      const keys = [webhookKeys.events, webhookKeys.eventPlaces];
      await runScript(redis, SCRIPTS.publishEvents, keys, [maxLength, jsons.length, ...jsons, ...offsets]);
    },
    async publishedPlaces() {
      const all = await redis.hgetall(webhookKeys.eventPlaces);
      return new Map(Object.entries(all).map(([place, offset]) => [place, Number(offset)]));
    },
    async read(stream, { after, max }) {
      return (await redis.xrange(keyOf(stream), `(${after}`, '+', 'COUNT', max)).map(entryOf);
    },
    async entry(stream, id) {
      return (await redis.xrange(keyOf(stream), id, id)).map(entryOf)[0];
    },
    async isTrimmed(stream, after) {
      if (after === NOTHING) return false;
      const [[kept], [oldest]] = await Promise.all([
        redis.xrange(keyOf(stream), after, after),
        redis.xrange(keyOf(stream), '-', '+', 'COUNT', 1),
      ]);
      // The entry itself may have been taken out: then those before it are there still.
      return kept === undefined && oldest !== undefined && compareAlertIds(oldest[0], after) > 0;
    },
    heads: () => headsOf(redis),
    async forget(customerId) {
      for (const key of [contactKeys.alerts, webhookKeys.events]) await forgetIn(redis, key, customerId);
    },
    watch: (signal) => watch(options.url, AbortSignal.any([signal, closing.signal])),
    async close() {
      closing.abort();
      redis.disconnect();
    },
  };
}

async function* watch(url: string, signal: AbortSignal): AsyncGenerator<StreamHeads, void, undefined> {
  const blocking = createSharedConnection(url, { connectMs: TIMEOUT_MS, silenceMs: BLOCK_MS + TIMEOUT_MS });
  const stop = () => blocking.disconnect();
  signal.addEventListener('abort', stop);
  let heads: StreamHeads | undefined;
  try {
    while (!signal.aborted) {
      try {
        const before = heads;
        if (before !== undefined) {
          const from = [before.alerts, before.events] as const;
          const keys = [contactKeys.alerts, webhookKeys.events] as const;
          // One entry says that there is something; the heads then say up to where.
          const moved = await blocking.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...from);
          if (moved === null) continue;
        }
        heads = await headsOf(blocking);
        yield heads;
      } catch {
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function headsOf(redis: Redis): Promise<StreamHeads> {
  const [[alert], [event]] = await Promise.all([
    redis.xrevrange(contactKeys.alerts, '+', '-', 'COUNT', 1),
    redis.xrevrange(webhookKeys.events, '+', '-', 'COUNT', 1),
  ]);
  return { alerts: alert?.[0] ?? NOTHING, events: event?.[0] ?? NOTHING };
}

/** Page by page, so that nobody waits long for the server. */
async function forgetIn(redis: Redis, key: string, customerId: string): Promise<void> {
  let after = NOTHING;
  while (after !== '') {
    const args = [after, FORGET_PAGE, customerMark(customerId)];
    const [, last] = await runScript(redis, SCRIPTS.forgetEntries, [key], args);
    after = String(last);
  }
}

function keyOf(stream: OutboundStream): string {
  return stream === 'alerts' ? contactKeys.alerts : webhookKeys.events;
}

/** The JSON is the last field in both streams. */
function entryOf([id, fields]: readonly [id: string, fields: readonly string[]]): OutboundEntry {
  return { id, json: fields.at(-1) ?? '' };
}
