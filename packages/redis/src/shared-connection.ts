import { Redis } from 'ioredis';
import { gatherWrites } from './gathered-writes.ts';

export interface SharedTimeouts {
  readonly connectMs: number;
  /** A connection on which a command waits and nothing comes for so long is made anew: it may be half open. */
  readonly silenceMs: number;
}

/**
 * A connection that mends itself, for calls that stand on their own. A command whose reply was lost rejects and is not
 * sent again by the client.
 */
export function createSharedConnection(url: string, { connectMs, silenceMs }: SharedTimeouts): Redis {
  const redis = new Redis(url, {
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    // What waits for a reply when the connection breaks is rejected then; with a higher number and no resending the
    // client would forget it and leave it pending.
    maxRetriesPerRequest: 0,
    connectTimeout: connectMs,
    commandTimeout: silenceMs,
    socketTimeout: silenceMs,
  });
  // The call that meets the failure rejects with it; the event alone must not end the process.
  redis.on('error', () => undefined);
  redis.on('connect', () => gatherWrites(redis.stream));
  return redis;
}

/** A connection that several stores use, so that what they ask for in one turn leaves and comes back together. */
export interface StoreConnection {
  readonly redis: Redis;
  /** Its owner's to call, after the stores were closed. */
  close(): void;
}

const TIMEOUT_MS = 5_000;

/** Connects at the first command. */
export function openStoreConnection(url: string): StoreConnection {
  const redis = createSharedConnection(url, { connectMs: TIMEOUT_MS, silenceMs: TIMEOUT_MS });
  return { redis, close: () => redis.disconnect() };
}

export interface StoreAddress {
  readonly url: string;
  /** To `url`, in place of one of the store's own, with time limits of its own; the store does not close it. */
  readonly connection?: StoreConnection | undefined;
}

/** The connection of a store, to be closed with it. */
export function connectionOf({ url, connection }: StoreAddress, timeouts: SharedTimeouts): StoreConnection {
  if (connection !== undefined) return { redis: connection.redis, close: () => undefined };
  const redis = createSharedConnection(url, timeouts);
  return { redis, close: () => redis.disconnect() };
}
