import { createTallyTopology, type EngineWorld, type WorldOptions } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { world } from '../test/served-world.ts';
import type { Engine } from './engine.ts';

const SHARD = { topology: 'tally', partition: 0 };

interface Served {
  readonly w: EngineWorld;
  readonly engine: Engine;
  /** While true the schema registry cannot be asked. */
  readonly registry: { isAway: boolean };
  readonly commits: () => number;
  readonly isTrusted: () => Promise<boolean>;
}

async function served(options: WorldOptions = {}): Promise<Served> {
  const registry = { isAway: false };
  let commits = 0;
  const rules = createTallyTopology();
  const topology: typeof rules = {
    ...rules,
    decode: (record) => (registry.isAway ? { kind: 'retry', message: 'registry away' } : rules.decode(record)),
  };
  const store = {
    fault: ({ operation }: { operation: string }) => {
      if (operation === 'commit') commits += 1;
      return undefined;
    },
  };
  const w = world({ partitions: 1, store, ...options });
  const engine = await w.worker('w1', topology);
  w.broker.assign({ w1: [0] });
  await w.settle();
  await w.clock.advance(1_000);
  const isTrusted = async () => (await w.store.readState(SHARD, 'alice')).trusted;
  return { w, engine, registry, commits: () => commits, isTrusted };
}

describe('the trust in the states of a shard', () => {
  it('is lost while records that wait are older than 30 s, and comes back once they are folded', async () => {
    const { w, registry, isTrusted } = await served();
    w.send({ id: '1' });
    await w.settle();
    expect(await isTrusted()).toBe(true);
    registry.isAway = true;
    w.send({ id: '2' });
    await w.clock.advance(25_000);
    expect(await isTrusted()).toBe(true);
    await w.clock.advance(10_000);
    expect(await isTrusted()).toBe(false);
    expect(w.troubles).toContain('behind');
    registry.isAway = false;
    await w.settle();
    await w.clock.advance(6_000);
    expect(await isTrusted()).toBe(true);
  });

  it('is lost while a full outbox holds the intake', async () => {
    const { w, isTrusted } = await served({ engine: { maxOutbox: 0 } });
    w.queue.setStopped(true);
    w.send({ id: '1', decide: 'x' });
    await w.clock.advance(1_000);
    w.send({ id: '2' });
    await w.clock.advance(40_000);
    expect(await isTrusted()).toBe(false);
    w.queue.setStopped(false);
    await w.settle();
    await w.clock.advance(6_000);
    expect(await isTrusted()).toBe(true);
  });

  it('is lost when the broker has records that the fetches do not bring', async () => {
    const { w, isTrusted } = await served();
    w.send({ id: '1' });
    await w.settle();
    w.broker.silence('in.a', true);
    w.send({ id: '2' });
    await w.clock.advance(30_000);
    expect(await isTrusted()).toBe(true);
    await w.clock.advance(15_000);
    expect(await isTrusted()).toBe(false);
    w.broker.silence('in.a', false);
    await w.settle();
    await w.clock.advance(6_000);
    expect(await isTrusted()).toBe(true);
  });

  it('costs no commit of its own as long as it stays what it is', async () => {
    const { w, registry, commits } = await served();
    await w.clock.advance(60_000);
    expect(commits()).toBe(1);
    registry.isAway = true;
    w.send({ id: '1' });
    await w.clock.advance(120_000);
    expect(commits()).toBe(2);
  });
});

describe('the standing of a shard', () => {
  it('tells records and seconds behind, with those that no fetch brought', async () => {
    const { w, engine, registry } = await served();
    registry.isAway = true;
    for (let i = 0; i < 3; i++) w.send({ id: `${i}` });
    w.send({ id: 'b' }, { topic: 'in.b' });
    await w.clock.advance(7_000);
    const claim = engine.standings()[0]?.claim;
    expect(claim?.hindrance).toBe('registry');
    expect(claim?.behindMs).toBe(7_000);
    registry.isAway = false;
    await w.settle();
    expect(engine.standings()[0]?.claim).toMatchObject({ behindMs: 0, hindrance: undefined });
    w.broker.silence('in.a', true);
    for (let i = 3; i < 8; i++) w.send({ id: `${i}` });
    await w.clock.advance(5_000);
    expect(engine.standings()[0]?.claim?.inputs.map(({ topic, lag }) => [topic, lag])).toEqual([
      ['in.a', 5],
      ['in.b', 0],
    ]);
  });

  it('is stalled when the log has records and none comes for 30 s, and no longer once they come', async () => {
    const { w, engine } = await served();
    w.broker.silence('in.a', true);
    w.send({ id: '1' });
    await w.clock.advance(30_000);
    expect(w.troubles).not.toContain('stalled');
    await w.clock.advance(10_000);
    expect(w.troubles).toContain('stalled');
    expect(engine.standings()[0]?.stalledMs).toBeGreaterThanOrEqual(30_000);
    w.broker.silence('in.a', false);
    await w.clock.advance(10_000);
    expect(engine.standings()[0]?.stalledMs).toBe(0);
  });

  it('is stalled when the store never answers', async () => {
    const answered = Promise.withResolvers<void>();
    let isHanging = false;
    const { w, engine } = await served({
      store: {
        fault: ({ operation }) =>
          isHanging && operation === 'commit' ? { kind: 'delayed-reply', until: answered.promise } : undefined,
      },
    });
    isHanging = true;
    w.send({ id: '1' });
    await w.clock.advance(1_000);
    for (let i = 2; i < 10; i++) w.send({ id: `${i}` });
    await w.clock.advance(40_000);
    expect(engine.standings()[0]?.stalledMs).toBeGreaterThanOrEqual(30_000);
    answered.resolve();
  });

  it('is not stalled at rest, nor while it waits for the registry or for its outbox', async () => {
    const { w, registry } = await served({ engine: { maxOutbox: 0 } });
    await w.clock.advance(60_000);
    registry.isAway = true;
    w.send({ id: '1', decide: 'x' });
    await w.clock.advance(60_000);
    w.queue.setStopped(true);
    registry.isAway = false;
    await w.clock.advance(1_000);
    w.send({ id: '2' });
    await w.clock.advance(60_000);
    expect(w.troubles).toContain('outbox-full');
    expect(w.troubles).not.toContain('stalled');
    w.queue.setStopped(false);
    await w.settle();
  });
});

describe('shards that are given up', () => {
  it('are claimed again with a new token once the assignment was confirmed', async () => {
    const { w, engine } = await served();
    w.send({ id: '1' });
    await w.settle();
    const before = (await w.store.readMeta(SHARD))?.version ?? 0;
    engine.giveUpShards('the event loop stood still');
    await w.clock.advance(100);
    expect(engine.phases().get(0)).toBe('waiting');
    w.send({ id: '2' });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2']);
    expect((await w.store.readMeta(SHARD))?.version).toBeGreaterThanOrEqual(before + 3);
  });
});
