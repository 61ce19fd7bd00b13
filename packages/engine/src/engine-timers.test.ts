import { WORLD_START_MS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { served, world } from '../test/served-world.ts';

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
