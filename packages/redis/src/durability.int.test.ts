import type { ShardSession } from '@holdfast/engine';
import { eventually } from '@holdfast/testkit';
import { NEW_SHARD, ONE_STATE } from '@holdfast/testkit/shard-fixture';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../test/redis-server.ts';
import { createShardStore, type RedisShardStore } from './shard-store.ts';

const SHARD = { topology: 'customer', partition: 0 };

let master: RedisServer;
let replica: RedisServer;
let admin: Redis;
let stores: RedisShardStore[];
beforeAll(async () => {
  stores = [];
  [master, replica] = await Promise.all([
    startRedisServer(['--repl-diskless-sync-delay', '0', '--min-replicas-to-write', '1']),
    startRedisServer(),
  ]);
  admin = new Redis(replica.url, { protocol: 2 });
});
afterAll(async () => {
  admin.disconnect();
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all([master.stop(), replica.stop()]);
});

/** A store that has asked nothing of the server yet, and a claimed session of it. */
async function owner(): Promise<{ readonly session: ShardSession; readonly version: number }> {
  const store = createShardStore({ url: master.url, codecVersion: 1 });
  stores.push(store);
  await store.initialise(SHARD, NEW_SHARD);
  const session = await store.open(SHARD);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
  return { session, version: claimed.meta.version };
}

const follow = async () => {
  const port = new URL(master.url).port;
  await admin.replicaof('127.0.0.1', Number(port));
  await eventually('the replica follows', async () => {
    const info = await admin.info('replication');
    if (!info.includes('master_link_status:up')) throw new Error(info);
    // The master takes writes again only once it counts the replica among the good ones, which is a moment later.
    const known = await infoOf(master.url);
    if (!known.includes('min_slaves_good_slaves:1')) throw new Error(known);
  });
};

describe('writes of a session', () => {
  it('are waited for where there is a replica: until it has them, and not for ever', async () => {
    await follow();
    const { session, version } = await owner();
    expect((await session.commit(version, ONE_STATE)).kind).toBe('ok');
    expect(await session.awaitDurable(20_000)).toEqual({ kind: 'ok', by: 'replica' });
    expect(await admin.get('{customer:0}:s:a')).toBe('x');

    // The replica hangs: it is known, and has nothing of what comes now.
    admin.disconnect();
    replica.freeze();
    const changed = { ...ONE_STATE, states: [{ id: 'a', bytes: Buffer.from('y') }] };
    expect((await session.commit(version + 1, changed)).kind).toBe('ok');
    expect(await session.awaitDurable(200)).toEqual({ kind: 'not-yet' });

    replica.thaw();
    expect(await session.awaitDurable(20_000)).toEqual({ kind: 'ok', by: 'replica' });
    admin = new Redis(replica.url, { protocol: 2 });
    expect(await admin.get('{customer:0}:s:a')).toBe('y');
    await session.close();
  });

  it('have nothing to be waited for on a server without a replica that is too old to tell', async () => {
    const alone = await startRedisServer(['--appendfsync', 'everysec']);
    const store = createShardStore({ url: alone.url, codecVersion: 1 });
    await store.initialise(SHARD, NEW_SHARD);
    const session = await store.open(SHARD);
    await session.claim();
    const version = /redis_version:(\d+\.\d+)/.exec(await infoOf(alone.url))?.[1] ?? '';
    const by = Number(version) < 7.2 ? 'nothing' : 'disk';
    expect(await session.awaitDurable(20_000)).toEqual({ kind: 'ok', by });
    await session.close();
    await store.close();
    await alone.stop();
  });
});

async function infoOf(url: string): Promise<string> {
  const redis = new Redis(url, { protocol: 2 });
  try {
    return await redis.info();
  } finally {
    redis.disconnect();
  }
}
