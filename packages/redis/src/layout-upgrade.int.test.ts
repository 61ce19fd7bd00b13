import { randomUUID } from 'node:crypto';
import type { ShardId } from '@holdfast/engine';
import { commitOf, NEW_SHARD } from '@holdfast/testkit/shard-fixture';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLayoutUpgrade, type LayoutUpgrade } from './layout-upgrade.ts';
import { createShardStore, type RedisShardStore } from './shard-store.ts';

const NOTHING = commitOf({});

describe('finalising a layout', () => {
  let shard: ShardId;
  let upgrade: LayoutUpgrade;
  let older: RedisShardStore;
  let newer: RedisShardStore;

  beforeEach(async () => {
    const { redisUrl: url } = inject('stack');
    shard = { topology: `upgrade-${randomUUID()}`, partition: 0 };
    upgrade = createLayoutUpgrade({ url });
    older = createShardStore({ url, codecVersion: 1 });
    newer = createShardStore({ url, codecVersion: 2 });
    await older.initialise(shard, NEW_SHARD);
  });
  afterEach(async () => {
    await Promise.all([upgrade.close(), older.close(), newer.close()]);
  });

  const claim = async (store: RedisShardStore) => {
    const session = await store.open(shard);
    return { session, answer: await session.claim() };
  };

  it('is refused while the shard was claimed last by an older worker, or by nobody', async () => {
    expect(await upgrade.read(shard)).toEqual({ written: 1, claimed: 0 });
    expect(await upgrade.raise(shard, 2)).toEqual({ kind: 'older-worker', claimed: 0 });
    await claim(newer);
    const { session, answer } = await claim(older);
    expect(await upgrade.raise(shard, 2)).toEqual({ kind: 'older-worker', claimed: 1 });
    expect(await upgrade.read(shard)).toEqual({ written: 1, claimed: 1 });
    if (answer.kind !== 'claimed') throw new Error(`the older worker was ${answer.kind}`);
    expect((await session.commit(answer.meta.version, NOTHING)).kind).toBe('ok');
  });

  it('takes the shard from its owner, whose next claim learns the layout and whom the older worker cannot follow', async () => {
    const { session, answer } = await claim(newer);
    if (answer.kind !== 'claimed') throw new Error(`the newer worker was ${answer.kind}`);
    expect(answer.meta.minCodec).toBe(1);
    expect(await upgrade.raise(shard, 2)).toEqual({ kind: 'raised', from: 1 });
    expect((await session.commit(answer.meta.version, NOTHING)).kind).toBe('fenced');
    expect((await newer.readState(shard, 'anybody')).trusted).toBe(false);
    expect((await claim(older)).answer).toEqual({ kind: 'incompatible', minCodec: 2 });
    expect((await claim(newer)).answer).toMatchObject({ kind: 'claimed', meta: { minCodec: 2 } });
  });

  it('again changes nothing and disturbs nobody', async () => {
    await claim(newer);
    await upgrade.raise(shard, 2);
    const { session, answer } = await claim(newer);
    expect(await upgrade.raise(shard, 2)).toEqual({ kind: 'already', layout: 2 });
    expect(await upgrade.raise(shard, 1)).toEqual({ kind: 'already', layout: 2 });
    if (answer.kind !== 'claimed') throw new Error(`the newer worker was ${answer.kind}`);
    expect((await session.commit(answer.meta.version, NOTHING)).kind).toBe('ok');
  });

  it('of a shard nobody initialised is said, not done', async () => {
    const nowhere = { ...shard, partition: 1 };
    expect(await upgrade.read(nowhere)).toBeNull();
    expect(await upgrade.raise(nowhere, 2)).toEqual({ kind: 'uninitialised' });
  });
});
