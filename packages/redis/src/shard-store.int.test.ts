import { randomUUID } from 'node:crypto';
import type { ShardId } from '@holdfast/engine';
import { eventually } from '@holdfast/testkit';
import { commitOf, NEW_SHARD, ONE_STATE } from '@holdfast/testkit/shard-fixture';
import { describeShardStore } from '@holdfast/testkit/store-contract';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type RedisServer, startRedisServer } from '../test/redis-server.ts';
import { shardKeys } from './keys.ts';
import { createShardAdmin } from './shard-admin.ts';
import { createShardStore, type RedisShardStore } from './shard-store.ts';

let server: RedisServer;
let admin: Redis;
beforeAll(async () => {
  server = await startRedisServer();
  admin = new Redis(server.url, { protocol: 2 });
  admin.on('error', () => undefined);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

let topologies = 0;
/** Longer than a test waits for anything else. */
const PATIENT_MS = 60_000;
const settles = { timeout: 20_000, interval: 20 };

describeShardStore('the store on Redis', async ({ codecVersion, bounds }) => {
  const url = inject('stack').redisUrl;
  const redis = new Redis(url, { protocol: 2 });
  const store = createShardStore({ url, codecVersion, commitBounds: bounds });
  const operator = createShardAdmin({ url });
  const keysOf = (shard: ShardId) => redis.keys(`{${shard.topology}:${shard.partition}}:*`);
  const wipe = async (shard: ShardId) => {
    const keys = await keysOf(shard);
    if (keys.length > 0) await redis.del(keys);
  };
  return {
    store,
    storeFor: (version) => createShardStore({ url, codecVersion: version }),
    topology: `contract-${randomUUID()}`,
    async snapshot(shard) {
      const keys = await keysOf(shard);
      const dumps = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
      return async () => {
        await wipe(shard);
        for (const [key, dump] of dumps) await redis.restore(key, 0, dump ?? Buffer.alloc(0));
      };
    },
    wipe,
    kpis: (shard, campaign) => store.readKpis(shard, campaign),
    journal: (shard) => store.readJournal(shard),
    stoppedReason: async (shard) => (await operator.inspect(shard))?.stopped?.reason,
    async hold(shard) {
      const held = await operator.hold(shard, 'contract', 60_000);
      if (held.kind !== 'ok') throw new Error(`the hold answered ${held.kind}`);
      return async () => {
        await operator.change(shard, { version: held.version, what: 'test', holdId: 'contract', forget: ['hold'] });
      };
    },
    async close() {
      redis.disconnect();
      await operator.close();
      await store.close();
    },
  };
});

describe('a session on a real connection', () => {
  let store: RedisShardStore;
  let shard: ShardId;
  const closers: (() => Promise<void>)[] = [];
  const owner = async (of = store) => {
    const session = await of.open(shard);
    const claimed = await session.claim();
    if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
    return { session, version: claimed.meta.version };
  };
  const killSessions = async () => {
    const lines = (await admin.client('LIST')) as string;
    const ids = lines.split('\n').filter((line) => line.includes('cmd=evalsha'));
    for (const line of ids) await admin.client('KILL', 'ID', /id=(\d+)/.exec(line)?.[1] ?? '');
    return ids.length;
  };

  beforeEach(async () => {
    store = createShardStore({ url: server.url, codecVersion: 1, commandTimeoutMs: PATIENT_MS });
    shard = { topology: `session-${++topologies}`, partition: 0 };
    await store.initialise(shard, NEW_SHARD);
  });
  afterEach(async () => {
    await admin.client('UNPAUSE');
    for (const close of closers.splice(0)) await close();
    await store.close();
  });

  it('killed while its commit waits answers unknown, is dead for good and sends nothing again', async () => {
    const { session, version } = await owner();
    await admin.client('PAUSE', PATIENT_MS, 'WRITE');
    const answer = session.commit(version, ONE_STATE);
    const overlapping = session.readOutbox(version, 1);
    await vi.waitFor(async () => expect(await killSessions()).toBeGreaterThan(0), settles);
    expect(await answer).toMatchObject({ kind: 'unknown' });
    expect(await overlapping).toMatchObject({ kind: 'unknown' });
    await admin.client('UNPAUSE');
    expect(await session.commit(version, ONE_STATE)).toMatchObject({ kind: 'unknown' });
    expect(await session.claim()).toMatchObject({ kind: 'unknown' });
    expect((await store.readMeta(shard))?.version).toBe(version);
    expect((await store.readState(shard, 'a')).bytes).toBeNull();
  });

  it('without a reply in time answers unknown; what arrived late is there for the next claim to see', async () => {
    const impatient = createShardStore({ url: server.url, codecVersion: 1, commandTimeoutMs: 400 });
    closers.push(() => impatient.close());
    const { session, version } = await eventually('a claim in time', () => owner(impatient));
    await admin.client('PAUSE', PATIENT_MS, 'WRITE');
    expect(await session.commit(version, ONE_STATE)).toEqual({ kind: 'unknown', reason: 'Command timed out' });
    expect((await session.poll(version, 0, 1)).kind).toBe('unknown');
    await admin.client('UNPAUSE');
    const next = await owner();
    const meta = await store.readMeta(shard);
    const { bytes } = await store.readState(shard, 'a');
    // Either the commit ran before the claim and is whole, or its connection was closed first and it never runs.
    expect([meta?.version, bytes?.toString()]).toEqual(bytes ? [version + 2, 'x'] : [version + 1, undefined]);
    expect((await next.session.commit(next.version, commitOf({}))).kind).toBe('ok');
    expect((await store.readMeta(shard))?.version).toBe(next.version + 1);
  });

  it('does not outlive a restart of the server, whose data does', async () => {
    const { session, version } = await owner();
    expect((await session.commit(version, ONE_STATE)).kind).toBe('ok');
    await server.restart();
    expect((await session.commit(version + 1, commitOf({}))).kind).toBe('unknown');
    const next = await owner();
    expect(next.version).toBe(version + 2);
    expect(await next.session.read(['a'])).toEqual({ kind: 'ok', states: [Buffer.from('x')] });
  });

  it('to a server that is not there is dead from the beginning', async () => {
    const nowhere = createShardStore({ url: 'redis://127.0.0.1:1', codecVersion: 1, connectTimeoutMs: 300 });
    const session = await nowhere.open(shard);
    expect((await session.claim()).kind).toBe('unknown');
    expect(await nowhere.check()).toMatchObject({ ok: false });
    await nowhere.close();
  });

  it('loads a script again that the server has forgotten', async () => {
    const { session, version } = await owner();
    await admin.script('FLUSH');
    expect(await session.commit(version, ONE_STATE)).toEqual({ kind: 'ok', version: version + 1, outboxLength: 0 });
  });

  it('of a replica that was a master answers unknown', async () => {
    const { session, version } = await owner();
    await admin.replicaof('127.0.0.1', 1);
    try {
      const answer = await session.commit(version, ONE_STATE);
      expect(answer).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/READONLY/) });
    } finally {
      await admin.replicaof('NO', 'ONE');
    }
    expect((await session.claim()).kind).toBe('unknown');
  });

  it('without memory to write writes nothing and answers unknown', async () => {
    const { session, version } = await owner();
    await admin.config('SET', 'maxmemory', '1');
    try {
      const answer = await session.commit(version, ONE_STATE);
      expect(answer).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/OOM/) });
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
    expect((await store.readState(shard, 'a')).bytes).toBeNull();
    expect((await store.readMeta(shard))?.version).toBe(version);
  });

  it.each([
    ['KPI', 'kpiPrefix', 'save'],
    ['history', 'historyPrefix', 'a'],
    ['told', 'toldPrefix', 'a'],
  ] as const)('writes nothing when a %s key holds a value of another kind', async (_name, prefix, id) => {
    const { session, version } = await owner();
    await admin.set(shardKeys(shard)[prefix] + id, 'foreign');
    const changes = commitOf({
      states: ONE_STATE.states,
      kpis: [{ campaign: 'save', cell: 'n', by: 1 }],
      history: [{ entityId: 'a', record: Buffer.from('r') }],
      told: [{ entityId: 'a', record: Buffer.from('r') }],
    });
    await expect(session.commit(version, changes)).rejects.toThrow(/another kind/);
    expect((await store.readState(shard, 'a')).bytes).toBeNull();
    expect((await session.commit(version, commitOf({}))).kind).toBe('ok');
  });

  it('gives decision history and told records a time to live', async () => {
    const { session, version } = await owner();
    const entry = { entityId: 'a', record: Buffer.from('r') };
    await session.commit(version, commitOf({ history: [entry], told: [entry] }));
    const { historyPrefix, toldPrefix } = shardKeys(shard);
    for (const prefix of [historyPrefix, toldPrefix]) {
      expect(await admin.ttl(`${prefix}a`)).toBeGreaterThan(89 * 24 * 3600);
    }
  });
});

describe('the check of the server', () => {
  const checked = async (url: string) => {
    const store = createShardStore({ url, codecVersion: 1 });
    const answer = await store.check();
    await store.close();
    return answer;
  };

  it('accepts append-only with noeviction', async () => {
    expect(await checked(server.url)).toEqual({ ok: true });
  });

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', /allkeys-lru/],
    ['appendonly', 'no', 'yes', /append-only file is off/],
  ])('refuses %s %s and says how to mend it', async (name, wrong, right, problem) => {
    await admin.config('SET', name, wrong);
    try {
      const answer = await checked(server.url);
      expect(answer).toEqual({
        ok: false,
        problem: expect.stringMatching(problem),
        fix: expect.stringMatching(`CONFIG SET ${name} ${right}`),
      });
    } finally {
      await admin.config('SET', name, right);
    }
  });

  it.each([
    ['INFO is forbidden, CONFIG is not', '-info', { ok: true }],
    ['both are forbidden', '-info -config', { ok: false, problem: expect.stringMatching(/forbidden/) }],
  ])('where %s judges by what it can see', async (_name, rules, expected) => {
    await admin.call('ACL', 'SETUSER', 'limited', 'on', '>secret', '~*', '+@all', ...rules.split(' '));
    const url = server.url.replace('redis://', 'redis://limited:secret@');
    expect(await checked(url)).toMatchObject(expected);
    await admin.call('ACL', 'DELUSER', 'limited');
  });
});
