import { type EngineWorld, TALLY_DECISIONS, WORLD_DEAD_LETTERS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, served, world } from '../test/served-world.ts';
import type { Engine } from './engine.ts';
import { partitionOf } from './partitioner.ts';

const homeOf = (customerId: string) => partitionOf(Buffer.from(customerId), 2);
const SHARD = { topology: 'tally', partition: 0 };
const BUFFER_BYTES = 20_000;
/** What the fake broker hands over at once, each with a record's own overhead. */
const LARGEST_BATCH_BYTES = 200 * 700;

/** Most bytes that waited in the buffers of a partition at any time while the world settles. */
async function mostBuffered(w: EngineWorld, engine: Engine): Promise<number> {
  let most = 0;
  while (!(await w.settled())) {
    await w.clock.advance(10);
    for (const { claim } of engine.standings()) {
      for (const { bufferedBytes } of claim?.inputs ?? []) most = Math.max(most, bufferedBytes);
    }
  }
  return most;
}

describe('buffers', () => {
  it('stay within their bytes however long the backlog is and however slow the store', async () => {
    const w = world({
      partitions: 2,
      engine: { bufferBytes: BUFFER_BYTES, batchSize: 50 },
      store: {
        fault: ({ operation }) =>
          operation === 'commit' ? { kind: 'delayed-reply', until: w.clock.sleep(100) } : undefined,
      },
    });
    for (let i = 0; i < 4_000; i++) {
      w.send({ id: `${i}`, customerId: `c${i % 50}`, amount: 1 }, { topic: i % 2 === 0 ? 'in.a' : 'in.b' });
    }
    const engine = await w.worker('w1');
    w.broker.assign({ w1: [0, 1] });
    const most = await mostBuffered(w, engine);
    expect(most).toBeGreaterThan(BUFFER_BYTES);
    expect(most).toBeLessThan(BUFFER_BYTES + LARGEST_BATCH_BYTES);
    const totals = await Promise.all(Array.from({ length: 50 }, (_, i) => w.state(`c${i}`)));
    expect(totals.map((state) => state?.total)).toEqual(totals.map(() => 80));
  });

  it('take one record that is larger than they are, and go on', async () => {
    const w = await served({ engine: { bufferBytes: BUFFER_BYTES } });
    w.send({ id: '1' });
    w.send({ id: '2', contactId: 'x'.repeat(3 * BUFFER_BYTES) });
    w.send({ id: '3' });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2', '3']);
  });
});

describe('a backlog of released decisions', () => {
  it('that is larger than a buffer is adopted whole, and none is produced again', async () => {
    const w = await served({ engine: { bufferBytes: 2_000, batchSize: 10 } });
    const before = w.store.snapshot();
    for (let i = 0; i < 300; i++) w.send({ id: `${i}`, customerId: `c${i % 7}`, decide: `d${i}` });
    await w.settle();
    w.store.restore(before);
    w.store.disconnectAll();
    await w.clock.advance(10_000);
    await w.settle();
    expect(w.broker.records(TALLY_DECISIONS, 0).slice(1).length).toBe(300);
    const states = await Promise.all(Array.from({ length: 7 }, (_, i) => w.state(`c${i}`)));
    const contacts = states.flatMap((state) => Object.values(state?.contacts ?? {}));
    expect(contacts.length).toBe(300);
    expect((await w.store.readState(SHARD, 'c0')).trusted).toBe(true);
  });
});

describe('a batch that is too large for one commit', () => {
  it('is folded in smaller ones after some claims, and nothing is set aside', async () => {
    const w = await served({ store: { bounds: { items: 25, bytes: 1_000_000 } }, engine: { batchSize: 100 } });
    for (let i = 0; i < 100; i++) w.send({ id: `${i}`, customerId: `c${i}`, amount: 1 });
    await w.settle();
    const states = await Promise.all(Array.from({ length: 100 }, (_, i) => w.state(`c${i}`)));
    expect(states.map((state) => state?.total)).toEqual(states.map(() => 1));
    expect(deadLetters(w)).toEqual([]);
  });
});

describe('a queue that takes nothing', () => {
  it('stops intake once the outbox is full, loses nothing, and all goes on by itself', async () => {
    const w = await served({ engine: { maxOutbox: 20, batchSize: 5 } });
    w.queue.setStopped(true);
    for (let i = 0; i < 100; i++) w.send({ id: `${i}`, decide: `d${i}` });
    await w.clock.advance(60_000);
    expect(w.troubles).toContain('outbox-full');
    expect(w.store.outboxLength(SHARD)).toBe(25);
    expect((await w.state('alice'))?.seen.length).toBe(25);
    w.queue.setStopped(false);
    await w.settle();
    expect((await w.state('alice'))?.seen.length).toBe(100);
    expect(w.queue.jobs.size).toBe(100);
  });

  it('makes no second dead letter and no second re-routed record of one record', async () => {
    const w = await served({ partitions: 1 });
    w.queue.setStopped(true);
    w.send({ id: '1', decide: 'x' });
    w.send({ id: '2' }, { key: null });
    await w.clock.advance(20_000);
    w.queue.setStopped(false);
    await w.settle();
    expect(w.broker.records(WORLD_DEAD_LETTERS, 0).length).toBe(1);
  });
});

describe('a customer with half of all traffic', () => {
  it('delays nobody in the other shards', async () => {
    const w = world({
      partitions: 2,
      engine: { batchSize: 20 },
      store: {
        fault: ({ operation }) =>
          operation === 'commit' ? { kind: 'delayed-reply', until: w.clock.sleep(10) } : undefined,
      },
    });
    for (let i = 0; i < 2_000; i++) w.send({ id: `${i}`, customerId: 'hot' });
    const cold = Array.from({ length: 40 }, (_, i) => `cold-${i}`).filter((id) => homeOf(id) !== homeOf('hot'));
    await w.worker('w1');
    w.broker.assign({ w1: [0, 1] });
    await w.clock.advance(300);
    for (const customerId of cold) w.send({ id: customerId, customerId });
    await w.clock.advance(100);
    expect((await w.state('hot'))?.seen.length).toBeLessThan(2_000);
    const states = await Promise.all(cold.map((id) => w.state(id)));
    expect(states.map((state) => state?.seen)).toEqual(cold.map((id) => [id]));
  });
});
