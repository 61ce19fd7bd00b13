import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../test/redis-server.ts';
import { createRecentAnswers } from './recent-answers.ts';
import { createRecommendationStore } from './recommendations.ts';
import { createShardStore } from './shard-store.ts';
import { openStoreConnection } from './shared-connection.ts';

let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  admin = new Redis(server.url, { protocol: 2 });
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const clients = async () =>
  String(await admin.client('LIST'))
    .trim()
    .split('\n').length;

it('stores that share a connection ask over it alone, and leave it open for each other', async () => {
  const before = await clients();
  const connection = openStoreConnection(server.url);
  const address = { url: server.url, connection };
  const shards = createShardStore({ ...address, codecVersion: 1 });
  const recent = createRecentAnswers<{ readonly of: string }>(address);
  const recommended = createRecommendationStore(address);
  const event = { of: 'c-1' };
  const place = { topic: 't', partition: 0, offset: 7 };
  const given = { id: 'r-1', askedBy: 'a-1', customerId: 'c-1', json: '{}', contactIds: [], nowMs: Date.now() };
  await Promise.all([
    shards.readMeta({ topology: 'customer', partition: 0 }),
    recent.note('c-1', [{ event, place }]),
    recommended.save(given),
  ]);
  expect(await clients()).toBe(before + 1);
  await Promise.all([shards.close(), recommended.close()]);
  expect(await recent.since('c-1', {})).toEqual([event]);
  await recent.close();
  connection.close();
});
