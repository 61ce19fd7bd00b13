import {
  createEngineWorld,
  createTallyTopology,
  TALLY_DECISIONS,
  WORLD_DEAD_LETTERS,
  WORLD_START_MS,
} from '@holdfast/testkit';
import { afterEach, describe, expect, it } from 'vitest';

type World = ReturnType<typeof createEngineWorld>;
const open: World[] = [];
const world = (...args: Parameters<typeof createEngineWorld>) => {
  const created = createEngineWorld(...args);
  open.push(created);
  return created;
};

afterEach(async () => {
  for (const created of open.splice(0)) await created.close();
});

const served = async (...args: Parameters<typeof createEngineWorld>) => {
  const w = world({ partitions: 1, ...args[0] });
  await w.worker('w1');
  w.broker.assign({ w1: [0] });
  return w;
};

const deadLetters = (w: World) =>
  w.broker
    .records(WORLD_DEAD_LETTERS, 0)
    .map((record) => String(record.headers['__connect.errors.exception.class.name']));

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

describe('records that cannot be folded', () => {
  it('go to the dead letters with bytes, key, headers and coordinates, and the stream goes on', async () => {
    const w = await served();
    w.broker.append('in.a', 0, {
      key: Buffer.from('alice'),
      value: Buffer.from('{'),
      headers: { h: Buffer.from('v') },
    });
    w.send({ id: '1' });
    await w.settle();
    const [letter] = w.broker.records(WORLD_DEAD_LETTERS, 0);
    expect(letter?.key?.toString()).toBe('alice');
    expect(letter?.value?.toString()).toBe('{');
    const headers = Object.fromEntries(
      Object.entries(letter?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({
      h: 'v',
      '__connect.errors.topic': 'in.a',
      '__connect.errors.partition': '0',
      '__connect.errors.offset': '1',
      '__connect.errors.exception.class.name': 'not-json',
    });
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it.each([
    ['without a key', 'no-key', { key: null }, {}],
    ['with the key of somebody else', 'key-mismatch', { key: Buffer.from('bob') }, {}],
    ['from more than five minutes ahead', 'future', {}, { occurredAt: WORLD_START_MS + 400_000 }],
    ['whose rules throw', 'step-failed', {}, { bomb: true, amount: 100 }],
  ])('%s are set aside as %s', async (_, code, place, event) => {
    const w = await served();
    w.send({ id: 'good-1', amount: 1 });
    w.send({ id: 'bad', ...event }, place);
    w.send({ id: 'good-2', amount: 1 });
    await w.settle();
    expect(deadLetters(w)).toEqual([code]);
    expect(await w.state('alice')).toMatchObject({ seen: ['good-1', 'good-2'], total: 2 });
  });

  it('five minutes ahead exactly are folded', async () => {
    const w = await served();
    w.send({ id: '1', occurredAt: w.clock.now() + 300_000 });
    await w.settle();
    expect(deadLetters(w)).toEqual([]);
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it('on the wrong partition are re-routed, so that a customer has one profile', async () => {
    const w = world({ partitions: 2 });
    await w.worker('w1');
    w.broker.assign({ w1: [0, 1] });
    for (const partition of [0, 1]) w.send({ id: `${partition}`, amount: 1 }, { partition });
    await w.settle();
    expect(await w.state('alice')).toMatchObject({ total: 2 });
  });

  it('stop the shard when the rules throw for everything', async () => {
    const w = await served({ engine: { maxFailuresInRow: 5 } });
    for (let i = 0; i < 7; i++) w.send({ id: `${i}`, bomb: true });
    await w.clock.until(() => w.stops.length > 0, 'the shard stops');
    expect(w.stops).toEqual([{ partition: 0, reason: 'step-defect' }]);
  });

  it('wait, and are not dead letters, while the schema registry is away', async () => {
    const w = world({ partitions: 1 });
    const rules = createTallyTopology();
    let isAway = true;
    await w.worker('w1', {
      ...rules,
      decode: (record) =>
        isAway && record.offset > 0 ? { kind: 'retry', message: 'registry away' } : rules.decode(record),
    });
    w.broker.assign({ w1: [0] });
    w.send({ id: '1' });
    await w.clock.advance(5_000);
    expect(await w.state('alice')).toBeNull();
    expect(w.troubles).toContain('registry');
    isAway = false;
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it('that end worker after worker are folded one at a time, and then set aside', async () => {
    const w = world({ partitions: 1 });
    w.send({ id: 'killer', amount: 1 });
    w.send({ id: 'good', amount: 1 });
    const rules = createTallyTopology();
    let deaths = 0;
    const dyingBefore = (next: string): typeof rules => ({
      ...rules,
      step(state, stimulus, context) {
        if (stimulus.kind === 'event' && stimulus.event.id === 'killer') {
          deaths += 1;
          w.store.disconnectAll();
          w.broker.assign({ [next]: [0] });
        }
        return rules.step(state, stimulus, context);
      },
    });
    for (let i = 0; i < 6; i++) await w.worker(`w${i}`, dyingBefore(`w${i + 1}`));
    w.broker.assign({ w0: [0] });
    await w.settle();
    expect(deadLetters(w)).toEqual(['quarantined']);
    expect((await w.state('alice'))?.seen).toEqual(['good']);
    expect(deaths).toBe(4);
  });

  it('are not blamed for connections of the store that break', async () => {
    let calls = 0;
    const w = await served({
      store: {
        fault: ({ operation }) => (operation === 'commit' && ++calls < 20 ? { kind: 'lost-request' } : undefined),
      },
    });
    w.send({ id: '1', amount: 1 });
    await w.settle();
    expect(deadLetters(w)).toEqual([]);
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });
});

describe('timers', () => {
  it('of the wall fire before the first record appended at or after their time', async () => {
    const w = world({ partitions: 1 });
    w.send({ id: '1', wakeInMs: 1_000 });
    await w.clock.advance(1_000);
    w.send({ id: '2', wakeInMs: 50_000 });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect(await w.state('alice')).toMatchObject({ fired: [`wall ${WORLD_START_MS + 1_000}`], seen: ['1', '2'] });
  });

  it('of the wall fire without any traffic', async () => {
    const w = await served();
    w.send({ id: '1', wakeInMs: 30_000 });
    await w.settle();
    await w.clock.advance(29_000);
    expect((await w.state('alice'))?.fired).toEqual([]);
    await w.clock.advance(2_000);
    expect((await w.state('alice'))?.fired.length).toBe(1);
  });

  it('of absence wait for the feed, not for the clock', async () => {
    const w = await served();
    w.send({ id: '1', absenceMs: 10_000 });
    await w.settle();
    await w.clock.advance(60_000);
    expect((await w.state('alice'))?.fired).toEqual([]);
    w.send({ id: '2', customerId: 'bob' });
    await w.clock.advance(20_000);
    expect((await w.state('alice'))?.fired).toEqual([`absence ${WORLD_START_MS + 10_000}`]);
  });

  it('held back by a silent feed do not delay a timer of the wall', async () => {
    const w = await served();
    w.send({ id: '1', absenceMs: 1_000, wakeInMs: 20_000 });
    await w.settle();
    await w.clock.advance(22_000);
    expect((await w.state('alice'))?.fired).toEqual([`wall ${WORLD_START_MS + 20_000}`]);
  });

  it('of absence move with activity and fire once', async () => {
    const w = await served();
    for (let i = 0; i < 10; i++) {
      w.send({ id: `${i}`, absenceMs: 10_000 });
      await w.clock.advance(5_000);
    }
    expect((await w.state('alice'))?.fired).toEqual([]);
    await w.clock.advance(10_000);
    w.send({ id: 'other', customerId: 'bob' });
    await w.clock.advance(30_000);
    expect((await w.state('alice'))?.fired.length).toBe(1);
  });
});
