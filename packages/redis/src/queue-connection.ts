import { Redis, type RedisOptions } from 'ioredis';
import { gatherWrites } from './gathered-writes.ts';

/**
 * The connection of a queue's worker, which asks again for as long as its Redis is away and makes the one it waits on from
 * this one. Whoever made it ends it with `disconnect`, after the worker.
 */
export function createQueueConnection(
  address: Pick<RedisOptions, 'host' | 'port' | 'db' | 'username' | 'password' | 'tls'>,
): Redis {
  const redis = new Redis({ ...address, maxRetriesPerRequest: null });
  // The worker tells of them; before it is there and after it was closed an error must not end the process.
  redis.on('error', () => undefined);
  redis.on('connect', () => gatherWrites(redis.stream));
  return redis;
}
