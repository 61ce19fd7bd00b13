import type { Commit, ShardId, ShardMeta } from '@holdfast/engine';
import { eventually } from '@holdfast/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../test/redis-server.ts';
import { createGenerationAdmin, type GenerationAdmin } from './generation-admin.ts';
import { createShardAdmin, type ShardAdmin } from './shard-admin.ts';
import { createShardStore, type RedisShardStore } from './shard-store.ts';

const positionAt = (nextOffset: number) => ({
  nextOffset,
  fingerprint: { offset: nextOffset - 1, appendTime: 1, hash: '00' },
});
const META: Omit<ShardMeta, 'version' | 'attempts'> = {
  minCodec: 1,
  clusterId: 'c',
  partitionCount: 1,
  inputs: { usage: positionAt(5), churn: positionAt(2) },
  relay: positionAt(1),
  watermarks: { feed: 7 },
};
const ALICE: Commit = {
  inputs: {},
  watermarks: {},
  states: [{ id: 'alice', bytes: Buffer.from('A') }],
  dues: [{ id: 'alice', dueMs: 50 }],
  outbox: [],
  kpis: [{ campaign: 'save', cell: 'n', by: 3 }],
  history: [],
};

let server: RedisServer;
let store: RedisShardStore;
let admin: ShardAdmin;
let generations: GenerationAdmin;
let shard: ShardId;
let topologies = 0;
beforeAll(async () => {
  server = await startRedisServer();
  store = createShardStore({ url: server.url, codecVersion: 1, owner: 'host/1' });
  admin = createShardAdmin({ url: server.url });
  generations = createGenerationAdmin({ url: server.url });
});
afterAll(async () => {
  await Promise.all([store?.close(), admin?.close(), generations?.close()]);
  await server?.stop();
});
beforeEach(async () => {
  shard = { topology: `admin-${++topologies}`, partition: 0 };
  await store.initialise(shard, META);
});

async function claimed(of: RedisShardStore = store) {
  const session = await of.open(shard);
  const answer = await session.claim();
  if (answer.kind !== 'claimed') throw new Error(`claim answered ${answer.kind}`);
  return { session, version: answer.meta.version };
}

describe('a shard seen by an operator', () => {
  it('names who claimed it last and since when, and that it is not owned before', async () => {
    expect(await admin.inspect({ ...shard, partition: 9 })).toBeNull();
    expect(await admin.inspect(shard)).toMatchObject({ owner: '', isOwned: false, claimedAtMs: undefined });
    const { session, version } = await claimed();
    await session.commit(version, { ...ALICE, adopted: true });
    const record = await admin.inspect(shard);
    expect(record).toMatchObject({ owner: 'host/1', isOwned: true, isTrusted: true, entities: 1, generation: '' });
    expect(Math.abs(Date.now() - (record?.claimedAtMs ?? 0))).toBeLessThan(60_000);
  });

  it('is changed where it was seen, and nowhere else: the owner is fenced, and who did what is kept', async () => {
    const { session, version } = await claimed();
    const inputs = { usage: positionAt(9) };
    expect(await admin.change(shard, { version: version - 1, what: 'late', inputs })).toEqual({ kind: 'moved' });
    expect((await store.readMeta(shard))?.inputs).toEqual(META.inputs);
    expect((await admin.change(shard, { version, what: 'rebase usage 5 → 9', inputs })).kind).toBe('ok');
    expect((await session.commit(version, ALICE)).kind).toBe('fenced');
    const record = await admin.inspect(shard);
    expect(record).toMatchObject({ isOwned: false, isTrusted: false });
    expect(record?.meta.inputs).toEqual({ usage: positionAt(9), churn: positionAt(2) });
    expect(record?.operated).toEqual([expect.objectContaining({ what: 'rebase usage 5 → 9', by: expect.any(String) })]);
  });
});

describe('a hold', () => {
  it('ends by itself, so that whoever held the shard may die', async () => {
    expect((await admin.hold(shard, 'short', 60_000)).kind).toBe('ok');
    expect((await (await store.open(shard)).claim()).kind).toBe('held');
    expect((await admin.hold(shard, 'short', 50)).kind).toBe('ok');
    await eventually('the hold is over', claimed, { everyMs: 20 });
    const version = (await store.readMeta(shard))?.version ?? 0;
    expect(await admin.change(shard, { version, what: 'too late', holdId: 'short' })).toEqual({ kind: 'moved' });
  });

  it('lasts longer for whoever has it, and keeps out everybody else', async () => {
    const first = await admin.hold(shard, 'mine', 60_000);
    const again = await admin.hold(shard, 'mine', 90_000);
    if (first.kind !== 'ok' || again.kind !== 'ok') throw new Error('the hold was refused');
    expect(again.version).toBe(first.version);
    expect(again.untilMs).toBeGreaterThan(first.untilMs);
    expect((await admin.hold(shard, 'other', 60_000)).kind).toBe('held');
    expect((await admin.change(shard, { version: again.version, what: 'x' })).kind).toBe('held');
  });
});

describe('a generation beside the live one', () => {
  const shadowStore = () => createShardStore({ url: server.url, codecVersion: 1, shadow: '2' });

  it('is written under a token of its own, compared, swapped in, and the one before removed', async () => {
    const live = await claimed();
    const numbers = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`n${i}`, { value: i + 1 }]));
    await live.session.commit(live.version, { ...ALICE, tallies: numbers, settings: { old: 'x', both: 'x' } });
    await generations.begin(shard, '2');
    const shadow = shadowStore();
    await shadow.initialise(shard, META);
    const fresh = await claimed(shadow);
    const states = [
      { id: 'alice', bytes: Buffer.from('B') },
      { id: 'bob', bytes: Buffer.from('C') },
    ];
    const dues = states.map(({ id }, i) => ({ id, dueMs: 60 + i }));
    const kpis = [{ campaign: 'save', cell: 'n', by: 4 }];
    expect((await fresh.session.commit(fresh.version, { ...ALICE, states, dues, kpis })).kind).toBe('ok');

    const found = [];
    for await (const slice of generations.pairs(shard, '', '2')) found.push(...slice);
    expect(found).toEqual([
      { id: 'alice', live: Buffer.from('A'), fresh: Buffer.from('B') },
      { id: 'bob', live: null, fresh: Buffer.from('C') },
    ]);
    expect([...(await generations.kpis(shard, ''))]).toEqual([['save n', 3]]);
    expect([...(await generations.kpis(shard, '2'))]).toEqual([['save n', 4]]);
    expect(await generations.nextDueMs(shard, '')).toBe(50);
    expect((await store.readState(shard, 'alice')).bytes).toEqual(Buffer.from('A'));

    const held = await admin.hold(shard, 'swap', 60_000);
    if (held.kind !== 'ok') throw new Error(held.kind);
    const gone = Object.fromEntries(Object.keys(numbers).map((name) => [name, null]));
    const swap = {
      generation: '2',
      garbage: '',
      tallies: { ...gone, n1: { value: 7 } },
      settings: { old: null, both: 'y' },
      forget: ['hold', 'building'],
    } as const;
    const { version } = held;
    expect((await admin.change(shard, { version, holdId: 'swap', what: 'rebuild', ...swap })).kind).toBe('ok');
    await expect(generations.remove(shard, '2', 'building')).rejects.toThrow(/is the live one/);
    await generations.tidy(shard, '2');
    await generations.remove(shard, '', 'garbage');

    expect((await store.readState(shard, 'alice')).bytes).toEqual(Buffer.from('B'));
    expect(await store.countEntities(shard)).toBe(2);
    expect(await store.readKpis(shard, 'save')).toEqual({ n: 4 });
    expect([...(await generations.kpis(shard, ''))]).toEqual([]);
    expect(await admin.inspect(shard)).toMatchObject({ generation: '2', building: '', garbage: undefined });
    const next = await claimed();
    expect(await store.readMeta(shard)).toMatchObject({ tallies: { n1: { value: 7 } }, settings: { both: 'y' } });
    expect(Object.keys((await store.readMeta(shard))?.tallies ?? {})).toEqual(['n1']);
    expect(Object.keys((await store.readMeta(shard))?.settings ?? {})).toEqual(['both']);
    const carol = { ...ALICE, states: [{ id: 'alice', bytes: Buffer.from('D') }] };
    expect((await next.session.commit(next.version, carol)).kind).toBe('ok');
    expect((await store.readState(shard, 'alice')).bytes).toEqual(Buffer.from('D'));
    expect(await next.session.read(['bob'])).toEqual({ kind: 'ok', states: [Buffer.from('C')] });
    await shadow.close();
  });

  it('that was left behind is removed without a trace, and the live one is untouched', async () => {
    const live = await claimed();
    await live.session.commit(live.version, ALICE);
    await generations.begin(shard, '2');
    const shadow = shadowStore();
    await shadow.initialise(shard, META);
    const fresh = await claimed(shadow);
    await fresh.session.commit(fresh.version, ALICE);
    expect((await admin.inspect(shard))?.building).toBe('2');
    await generations.remove(shard, '2', 'building');
    expect((await fresh.session.commit(fresh.version + 1, ALICE)).kind).toBe('uninitialised');
    expect(await shadow.readMeta(shard)).toBeNull();
    expect((await admin.inspect(shard))?.building).toBe('');
    expect((await live.session.commit(live.version + 1, ALICE)).kind).toBe('ok');
    await shadow.close();
  });
});
