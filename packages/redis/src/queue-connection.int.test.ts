import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../test/redis-server.ts';
import { createQueueConnection } from './queue-connection.ts';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

describe('the connection of a queue', () => {
  it('holds back what a turn writes until its end, before and after the server was away', async () => {
    const redis = createQueueConnection({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    const askAtOnce = async () => {
      const answers = Promise.all(['a', 'b', 'c'].map((word) => redis.echo(word)));
      expect(redis.stream.writableCorked).toBe(1);
      expect(redis.stream.writableLength).toBeGreaterThan(0);
      expect(await answers).toEqual(['a', 'b', 'c']);
    };
    await once(redis, 'ready');
    await askAtOnce();
    const isBack = once(redis, 'ready');
    await server.restart();
    await isBack;
    await askAtOnce();
    redis.disconnect();
  });
});
