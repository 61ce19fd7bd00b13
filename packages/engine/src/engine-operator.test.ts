import { createEngineWorld, type EngineWorld } from '@holdfast/testkit';
import { afterEach, describe, expect, it } from 'vitest';

let world: EngineWorld;
afterEach(() => world.close());

const SHARD = { topology: 'tally', partition: 0 };

async function aWorld(): Promise<EngineWorld> {
  world = createEngineWorld({ partitions: 1 });
  return world;
}

describe('a shard that stopped', () => {
  it('leaves the reason in the store, and is claimed again once the store changed, without a restart', async () => {
    const { broker, clock, store } = await aWorld();
    const before = store.snapshot();
    const log = broker.records('in.a', 0).length;
    world.send({ id: '1', amount: 1 });
    const engine = await world.worker('one');
    broker.assign({ one: [0] });
    await world.settle();
    broker.recreate('in.a', 0);
    await clock.until(() => engine.phases().get(0) === 'stopped', 'the shard stops');
    expect(store.stoppedReason(SHARD)).toBe('ahead');
    await clock.advance(60_000);
    expect(engine.phases().get(0)).toBe('stopped');
    // As it was: the log that the operator decided for, and positions that fit it.
    for (let i = 0; i < log; i++) broker.append('in.a', 0, { headers: { 'holdfast-kind': Buffer.from('init') } });
    store.restore(before);
    await clock.until(() => world.stops.length > 1 || engine.phases().get(0) === 'running', 'it is claimed again');
    expect(world.stops.map(({ reason }) => reason)).toEqual(['ahead', 'log-changed']);
    expect(store.stoppedReason(SHARD)).toBe('log-changed');
  });
});

describe('a shard that a rebuild holds', () => {
  it('is waited for in words and served again when it is let go', async () => {
    const { broker, clock, store } = await aWorld();
    const engine = await world.worker('one');
    broker.assign({ one: [0] });
    await clock.until(() => engine.phases().get(0) === 'running', 'the shard runs');
    store.hold(SHARD, Number.MAX_SAFE_INTEGER);
    world.send({ id: '1', amount: 1 });
    await clock.until(() => engine.phases().get(0) === 'waiting', 'the owner waits');
    await clock.advance(30_000);
    expect(engine.phases().get(0)).toBe('waiting');
    expect(await world.state('alice')).toBeNull();
    store.hold(SHARD, undefined);
    await world.settle();
    expect((await world.state('alice'))?.seen).toEqual(['1']);
  });
});

describe('effects that no replica has yet', () => {
  it('stay in the outbox, are said to, and leave once one has them', async () => {
    const { broker, clock, queue, store } = await aWorld();
    store.setDurable({ kind: 'not-yet' });
    await world.worker('one');
    broker.assign({ one: [0] });
    world.send({ id: '1', decide: 'x' });
    await clock.advance(5_000);
    expect(store.outboxLength(SHARD)).toBe(1);
    expect(broker.records('out.decision', 0)).toHaveLength(1);
    expect(queue.jobs.size).toBe(0);
    expect(world.troubles).toContain('relay');
    store.setDurable({ kind: 'ok', by: 'replica' });
    await world.settle();
    expect(broker.records('out.decision', 0)).toHaveLength(2);
    expect([...queue.jobs.keys()]).toEqual(['c-alice-x']);
  });
});
