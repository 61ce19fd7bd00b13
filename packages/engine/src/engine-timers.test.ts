import { createTallyTopology, type EngineWorld, type FakeStoreOptions, WORLD_START_MS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { served, world } from '../test/served-world.ts';
import { decodeJournal } from './journal.ts';

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

describe('timers held back by a silent feed', () => {
  const ARMED = 2_500;
  const ABSENCE_MS = 10_000;

  it('are shown by feed, cost few looks however many they are, and fire once the feed comes back', async () => {
    let looks = 0;
    const rules = createTallyTopology();
    const topology: typeof rules = {
      ...rules,
      read(id, bytes) {
        looks += 1;
        return rules.read(id, bytes);
      },
    };
    const w = world({ partitions: 1 });
    const engine = await w.worker('w1', topology);
    w.broker.assign({ w1: [0] });
    for (let i = 0; i < ARMED; i++) w.send({ id: 'arm', customerId: `c${i}`, absenceMs: ABSENCE_MS });
    await w.settle();
    await w.clock.advance(60_000);
    const [feed] = engine.standings()[0]?.claim?.heldBack ?? [];
    expect(feed?.feed).toBe('test|Tally');
    expect(feed?.timers).toBeGreaterThan(0.9 * ARMED);
    expect(feed?.timers).toBeLessThan(1.1 * ARMED);
    looks = 0;
    await w.clock.advance(60_000);
    // Looked at every five seconds, it would be twelve times each.
    expect(looks).toBeGreaterThan(ARMED);
    expect(looks).toBeLessThan(8 * ARMED);
    w.send({ id: 'beat', customerId: 'bob' });
    await w.clock.advance(20_000);
    const states = await Promise.all(Array.from({ length: 50 }, (_, i) => w.state(`c${i * 50}`)));
    expect(states.map((state) => state?.fired.length)).toEqual(states.map(() => 1));
    await w.clock.advance(60_000);
    expect(engine.standings()[0]?.claim?.heldBack).toEqual([]);
  });

  it('are let go by a heartbeat of the feed, without any traffic', async () => {
    const rules = createTallyTopology();
    const topology: typeof rules = {
      ...rules,
      decode(record) {
        if (String(record.headers['holdfast-kind']) !== 'heartbeat') return rules.decode(record);
        const identity = { source: 'test', eventId: 'beat', type: 'Tally', occurredAt: record.appendTime };
        return { kind: 'shard', identity };
      },
    };
    const w = world({ partitions: 1 });
    await w.worker('w1', topology);
    w.broker.assign({ w1: [0] });
    w.send({ id: '1', absenceMs: ABSENCE_MS });
    await w.settle();
    await w.clock.advance(60_000);
    expect((await w.state('alice'))?.fired).toEqual([]);
    w.broker.append('in.a', 0, { value: Buffer.from('beat'), headers: { 'holdfast-kind': Buffer.from('heartbeat') } });
    await w.clock.advance(10_000);
    expect((await w.state('alice'))?.fired).toEqual([`absence ${WORLD_START_MS + ABSENCE_MS}`]);
  });
});

describe('a storm of timers', () => {
  const DUE_IN_MS = 10_000;

  /** A worker that finds 200 timers due, a record of him whose timer is the last of them, and one of bob. */
  async function storm(): Promise<EngineWorld> {
    const store: FakeStoreOptions = {
      fault: ({ operation }) =>
        operation === 'commit' ? { kind: 'delayed-reply', until: w.clock.sleep(20) } : undefined,
    };
    const w = world({ partitions: 1, store, engine: { timersPerRound: 10 } });
    for (let i = 0; i < 200; i++) w.send({ id: 'arm', customerId: `c${i}`, wakeInMs: DUE_IN_MS + i });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    w.broker.assign({});
    await w.clock.advance(60_000);
    w.send({ id: 'late-riser', customerId: 'c199' });
    w.send({ id: 'bob', customerId: 'bob' });
    w.broker.assign({ w1: [0] });
    return w;
  }

  const firedOf = async (w: EngineWorld) => {
    const states = await Promise.all(Array.from({ length: 200 }, (_, i) => w.state(`c${i}`)));
    return states.filter((state) => state?.fired.length === 1).length;
  };

  it('keeps no record of others waiting, and each customer has his own fired before his record', async () => {
    const w = await storm();
    await w.clock.advance(200);
    expect((await w.state('bob'))?.seen).toEqual(['bob']);
    expect(await firedOf(w)).toBeLessThan(100);
    const own = w.store
      .journal({ topology: 'tally', partition: 0 })
      .flatMap(decodeJournal)
      .filter((line) => 'timer' in line && line.timer === 'c199');
    expect(own).toEqual([{ timer: 'c199', nowMs: WORLD_START_MS + DUE_IN_MS + 199 }]);
    expect((await w.state('c199'))?.seen).toEqual(['arm', 'late-riser']);
    await w.clock.advance(5_000);
    expect(await firedOf(w)).toBe(200);
    expect(w.cleanFold().get('c199')).toEqual(await w.state('c199'));
  });
});
