import { TALLY_DECISIONS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { served, world } from '../test/served-world.ts';

describe('a shard', () => {
  it('folds the records of all its topics in the order of their append times', async () => {
    const w = await served();
    w.send({ id: '1' }, { topic: 'in.b' });
    await w.clock.advance(5);
    w.send({ id: '2' }, { topic: 'in.a' });
    await w.clock.advance(5);
    w.send({ id: '3' }, { topic: 'in.b' });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2', '3']);
  });

  it('counts every event once though each reply of the store is lost now and then', async () => {
    let calls = 0;
    const w = await served({
      store: {
        fault: ({ operation }) => (operation === 'commit' && ++calls % 3 === 0 ? { kind: 'lost-reply' } : undefined),
      },
    });
    for (let i = 0; i < 30; i++) {
      w.send({ id: `${i}`, amount: 1 });
      await w.clock.advance(40);
    }
    await w.settle();
    expect((await w.state('alice'))?.total).toBe(30);
    expect(calls).toBeGreaterThan(6);
  });

  it('counts every event once though commands of the store get lost before they arrive', async () => {
    let calls = 0;
    const w = await served({
      store: {
        fault: ({ operation }) => (operation === 'commit' && ++calls % 4 === 0 ? { kind: 'lost-request' } : undefined),
      },
    });
    for (let i = 0; i < 30; i++) {
      w.send({ id: `${i}`, amount: 1 });
      await w.clock.advance(40);
    }
    await w.settle();
    expect((await w.state('alice'))?.total).toBe(30);
  });

  it('stops and says so when the store knows nothing of it', async () => {
    const w = world({ partitions: 1 });
    w.store.wipe();
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.clock.until(() => w.stops.length > 0, 'the shard stops');
    expect(w.stops).toEqual([{ partition: 0, reason: 'uninitialised' }]);
  });

  it('stops when the store is wiped under it, and does not begin anew', async () => {
    const w = await served();
    w.send({ id: '1' });
    await w.settle();
    w.store.wipe();
    w.send({ id: '2' });
    await w.clock.until(() => w.stops.length > 0, 'the shard stops');
    expect(w.stops).toEqual([{ partition: 0, reason: 'uninitialised' }]);
  });

  it('stops at records lost below the log start', async () => {
    const w = world({ partitions: 1 });
    for (let i = 0; i < 5; i++) w.send({ id: `${i}` });
    w.broker.truncate('in.a', 0, 4);
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.clock.until(() => w.stops.length > 0, 'the shard stops');
    expect(w.stops).toEqual([{ partition: 0, reason: 'gap' }]);
  });

  it('accepts that retention took the record it would compare with when nothing is missing after it', async () => {
    const w = await served();
    w.send({ id: '1' });
    await w.settle();
    w.broker.assign({});
    await w.clock.advance(1_000);
    w.broker.truncate('in.a', 0, 2);
    w.broker.assign({ w1: [0] });
    w.send({ id: '2' });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2']);
  });

  it('stops at a log that was created anew, longer or shorter than the one it knew', async () => {
    for (const [records, reason] of [
      [9, 'log-changed'],
      [0, 'ahead'],
    ] as const) {
      const w = await served();
      for (let i = 0; i < 5; i++) w.send({ id: `${i}` });
      await w.settle();
      w.broker.assign({});
      await w.clock.advance(1_000);
      w.broker.recreate('in.a', 0);
      for (let i = 0; i < records; i++) w.send({ id: `again-${i}` });
      w.broker.assign({ w1: [0] });
      await w.clock.until(() => w.stops.length > 0, 'the shard stops');
      expect(w.stops).toEqual([{ partition: 0, reason }]);
    }
  });

  it('goes on over holes that transactions leave', async () => {
    const w = await served();
    w.send({ id: '1' });
    w.broker.appendMarker('in.a', 0);
    w.send({ id: '2' });
    await w.settle();
    w.broker.appendMarker('in.a', 0);
    w.broker.appendMarker('in.a', 0);
    await w.clock.advance(500);
    w.send({ id: '3' });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2', '3']);
    expect(w.stops).toEqual([]);
  });

  it('takes a shard over from a worker that does not know it lost it', async () => {
    const w = await served();
    w.send({ id: '1', amount: 1 });
    await w.settle();
    await w.worker('w2');
    const shard = { topology: 'tally', partition: 0 };
    const thief = await w.store.open(shard);
    expect((await thief.claim()).kind).toBe('claimed');
    w.send({ id: '2', amount: 1 });
    await w.settle();
    expect((await w.state('alice'))?.total).toBe(2);
    expect(await thief.poll(1, 0, 1)).toEqual({ kind: 'fenced' });
  });

  it('goes back with a store that lost writes and folds the lost records again', async () => {
    const w = await served();
    w.send({ id: '1', amount: 1 });
    await w.settle();
    const before = w.store.snapshot();
    w.send({ id: '2', amount: 1 });
    await w.settle();
    w.store.restore(before);
    w.send({ id: '3', amount: 1 });
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1', '2', '3']);
  });
});

describe('effects', () => {
  it('leave once: in the decision log and in the queue', async () => {
    const w = await served();
    w.send({ id: '1', decide: 'x' });
    w.send({ id: '2', decide: 'x' });
    w.send({ id: '3', decide: 'y' });
    await w.settle();
    expect(w.broker.records(TALLY_DECISIONS, 0).slice(1).length).toBe(2);
    expect([...w.queue.jobs.keys()].sort()).toEqual(['c-alice-x', 'c-alice-y']);
  });

  it('are not produced again by the next owner when only the trim was missing', async () => {
    let trims = 0;
    const w = await served({
      store: {
        fault: ({ operation }) => (operation === 'trim' && ++trims <= 2 ? { kind: 'lost-request' } : undefined),
      },
    });
    w.send({ id: '1', decide: 'x' });
    await w.settle();
    expect(trims).toBeGreaterThan(2);
    expect(w.broker.records(TALLY_DECISIONS, 0).slice(1).length).toBe(1);
    expect([...w.queue.jobs.keys()]).toEqual(['c-alice-x']);
  });

  it('stay in the outbox while the broker or the queue is away, and leave afterwards', async () => {
    const w = await served();
    w.queue.setStopped(true);
    w.broker.failProduce(2, 'before');
    w.send({ id: '1', decide: 'x' });
    await w.clock.advance(5_000);
    w.send({ id: '2', amount: 5 });
    await w.clock.advance(1_000);
    expect((await w.state('alice'))?.total).toBe(5);
    expect(w.queue.jobs.size).toBe(0);
    w.queue.setStopped(false);
    await w.settle();
    expect([...w.queue.jobs.keys()]).toEqual(['c-alice-x']);
    expect(w.broker.records(TALLY_DECISIONS, 0).slice(1).length).toBe(1);
  });

  it('that were released and then forgotten by the store are adopted at the next claim', async () => {
    const w = await served();
    const before = w.store.snapshot();
    w.send({ id: '1', decide: 'x' });
    await w.settle();
    w.store.restore(before);
    w.broker.truncate('in.a', 0, 0);
    w.store.disconnectAll();
    await w.clock.advance(3_000);
    await w.settle();
    expect((await w.state('alice'))?.contacts).toEqual({ 'c-alice-x': 'adopted' });
    expect(w.broker.records(TALLY_DECISIONS, 0).slice(1).length).toBe(1);
  });
});
