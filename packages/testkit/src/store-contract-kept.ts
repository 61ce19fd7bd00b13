import { expect, it } from 'vitest';
import { commitOf } from './shard-fixture.ts';
import { FENCED, type StoreWorld, stateOf } from './store-contract-world.ts';

/** Numbers that entities share, and what records told the shard to keep. */
export function describeKept(world: StoreWorld): void {
  const kept = async () => {
    const { tallies, settings } = (await world.harness.store.readMeta(world.shard)) ?? {};
    return { tallies, settings };
  };

  it('are none before the first, and none after the last one went', async () => {
    const { session, version, meta } = await world.owner();
    expect([meta.tallies, meta.settings]).toEqual([undefined, undefined]);
    const next = await world.committed(session, version, { tallies: { 'spent|ü': { value: 3 } } });
    await world.committed(session, next, { tallies: { 'spent|ü': null, never: null } });
    expect(await kept()).toEqual({ tallies: undefined, settings: undefined });
  });

  it('are what the newest commit said of each, for every later claim', async () => {
    const { session, version } = await world.owner();
    const first = {
      tallies: { a: { value: 1 }, b: { value: -2, untilMs: 1_700_000_000_000 }, c: { value: 9_007_199_254_740_991 } },
      settings: { one: 'x'.repeat(256 * 1024), two: '' },
    };
    const next = await world.committed(session, version, first);
    const second = { tallies: { b: null, a: { value: 5, untilMs: 7 } }, settings: { two: 'line\nünd' } };
    await world.committed(session, next, second);
    const { meta } = await world.owner();
    expect(meta.tallies).toEqual({ a: { value: 5, untilMs: 7 }, c: { value: 9_007_199_254_740_991 } });
    expect(meta.settings).toEqual({ one: 'x'.repeat(256 * 1024), two: 'line\nünd' });
  });

  it('go back with the states', async () => {
    const { session, version } = await world.owner();
    const next = await world.committed(session, version, {
      states: [stateOf('a', 'old')],
      tallies: { n: { value: 1 } },
      settings: { s: 'old' },
    });
    const restore = await world.harness.snapshot(world.shard);
    await world.committed(session, next, {
      states: [stateOf('a', 'new')],
      tallies: { n: null, m: { value: 2 } },
      settings: { s: 'new', t: 'new' },
    });
    await restore();
    expect(await kept()).toEqual({ tallies: { n: { value: 1 } }, settings: { s: 'old' } });
  });

  it('are written by nobody who was fenced', async () => {
    const { session, version } = await world.owner();
    const next = await world.committed(session, version, { tallies: { n: { value: 1 } } });
    await world.owner();
    const changes = commitOf({ tallies: { n: null }, settings: { s: 'x' } });
    expect(await session.commit(next, changes)).toEqual(FENCED);
    expect(await kept()).toEqual({ tallies: { n: { value: 1 } }, settings: undefined });
  });

  it('may be thousands', async () => {
    const { session, version } = await world.owner();
    const names = Array.from({ length: 4_200 }, (_, i) => `slot|call-centre|${i}`);
    const tallies = Object.fromEntries(names.map((name, i) => [name, { value: i + 1 }]));
    const next = await world.committed(session, version, { tallies });
    expect((await kept()).tallies).toEqual(tallies);
    await world.committed(session, next, { tallies: Object.fromEntries(names.map((name) => [name, null])) });
    expect((await kept()).tallies).toBeUndefined();
  });
}
