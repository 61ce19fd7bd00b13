import type { InputPosition } from '@holdfast/engine';
import { recentAnswersKey } from './keys.ts';
import { connectionOf, type StoreAddress } from './shared-connection.ts';

/** An event that a gateway appended, and where it lies in the log. */
export interface ToldEvent<E> {
  readonly event: E;
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: number };
}

/**
 * Events that are in the log and that a shard may not have folded yet, by customer: so that who gave an answer sees it at
 * once, whichever gateway he asks. A convenience beside the log, not a part of it: what is lost here is still folded.
 * Calls reject with the client's error when Redis cannot be reached or the reply was lost.
 */
export interface RecentAnswers<E> {
  /** Keeps events after they were appended. Only the newest of a customer are kept. */
  note(customerId: string, events: readonly ToldEvent<E>[]): Promise<void>;
  /** Those that lie at or beyond what the shard expects next, by topic and offset. */
  since(customerId: string, inputs: Readonly<Record<string, Pick<InputPosition, 'nextOffset'>>>): Promise<readonly E[]>;
  forget(customerId: string): Promise<void>;
  close(): Promise<void>;
}

export interface RecentAnswersOptions extends StoreAddress {
  /** Events kept of one customer. Default 200. */
  readonly maxPerCustomer?: number;
  /** After the newest. Default a day, as long as a hold lasts: a shard that has fallen back further is no overlay's to hide. */
  readonly ttlSeconds?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MAX_PER_CUSTOMER = 200;
const TTL_SECONDS = 24 * 3600;
const TIMEOUT_MS = 5_000;

/** Each call is one round trip. Events are kept as JSON. */
export function createRecentAnswers<E extends object>(options: RecentAnswersOptions): RecentAnswers<E> {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const { redis, close } = connectionOf(options, { connectMs: TIMEOUT_MS, silenceMs });
  const most = options.maxPerCustomer ?? MAX_PER_CUSTOMER;
  const ttlSeconds = options.ttlSeconds ?? TTL_SECONDS;
  return {
    async note(customerId, events) {
      if (events.length === 0) return;
      const key = recentAnswersKey(customerId);
      const texts = events.map((told) => JSON.stringify(told));
      const answers = await redis
        .multi()
        .rpush(key, ...texts)
        .ltrim(key, -most, -1)
        .expire(key, ttlSeconds)
        .exec();
      const failure = answers?.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
    },
    async since(customerId, inputs) {
      const texts = await redis.lrange(recentAnswersKey(customerId), 0, -1);
      return texts
        .map((text) => JSON.parse(text) as ToldEvent<E>)
        .filter(({ place }) => place.offset >= (inputs[place.topic]?.nextOffset ?? 0))
        .sort((a, b) => byPlace(a.place, b.place))
        .map(({ event }) => event);
    },
    async forget(customerId) {
      await redis.del(recentAnswersKey(customerId));
    },
    async close() {
      close();
    },
  };
}

type Place = ToldEvent<unknown>['place'];

function byPlace(a: Place, b: Place): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.offset - b.offset;
}
