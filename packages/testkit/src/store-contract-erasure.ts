import { expect, it } from 'vitest';
import { commitOf } from './shard-fixture.ts';
import { FENCED, type StoreWorld, stateOf } from './store-contract-world.ts';

/** What the store owes to somebody who is erased: nothing of him is left, and a mark is kept with the shard. */
export function describeErasure(world: StoreWorld): void {
  const known = async () => {
    const { session, version } = await world.owner();
    const next = await world.committed(session, version, {
      states: [stateOf('a', 'old'), stateOf('b', 'other')],
      dues: [
        { id: 'a', dueMs: 1 },
        { id: 'b', dueMs: 2 },
      ],
      history: [
        { entityId: 'a', record: Buffer.from('decided') },
        { entityId: 'b', record: Buffer.from('decided too') },
      ],
      told: [
        { entityId: 'a', record: Buffer.from('happened') },
        { entityId: 'b', record: Buffer.from('happened too') },
      ],
    });
    return { session, version: next };
  };

  it('deletes state, timer, history and told records of an entity, and of no other', async () => {
    const { store } = world.harness;
    const { session, version } = await known();
    const next = await world.committed(session, version, { deletions: ['a', 'nobody'] });
    expect((await store.readState(world.shard, 'a')).bytes).toBeNull();
    expect(await store.readHistory(world.shard, 'a')).toEqual([]);
    expect(await store.readTold(world.shard, 'a')).toEqual([]);
    expect(await session.poll(next, 10, 10)).toMatchObject({ due: [{ id: 'b', dueMs: 2 }] });
    expect((await store.readState(world.shard, 'b')).bytes).toEqual(Buffer.from('other'));
    expect(await store.readHistory(world.shard, 'b')).toHaveLength(1);
    expect(await store.readTold(world.shard, 'b')).toHaveLength(1);
    expect(await store.countEntities(world.shard)).toBe(1);
  });

  it('deletes before it writes, so that the same commit can hold the entity anew', async () => {
    const { session, version } = await known();
    await world.committed(session, version, {
      deletions: ['a'],
      states: [stateOf('a', 'new')],
      dues: [{ id: 'a', dueMs: 9 }],
      history: [{ entityId: 'a', record: Buffer.from('anew') }],
      told: [{ entityId: 'a', record: Buffer.from('came back') }],
    });
    const { store } = world.harness;
    expect((await store.readState(world.shard, 'a')).bytes).toEqual(Buffer.from('new'));
    expect((await store.readHistory(world.shard, 'a')).map(String)).toEqual(['anew']);
    expect((await store.readTold(world.shard, 'a')).map(String)).toEqual(['came back']);
    expect(await store.countEntities(world.shard)).toBe(2);
  });

  it('keeps marks of who was erased with the shard, for every later claim', async () => {
    const { session, version } = await known();
    const next = await world.committed(session, version, { erasures: { 'k.one': 5 } });
    await world.committed(session, next, { erasures: { 'k.two': 7 } });
    expect((await world.owner()).meta.erasures).toEqual({ 'k.one': 5, 'k.two': 7 });
  });

  it('deletes nothing for an owner that was fenced', async () => {
    const { session, version } = await known();
    await world.owner();
    expect(await session.commit(version, commitOf({ deletions: ['a'], erasures: { 'k.one': 5 } }))).toEqual(FENCED);
    expect((await world.harness.store.readState(world.shard, 'a')).bytes).toEqual(Buffer.from('old'));
    expect((await world.harness.store.readMeta(world.shard))?.erasures).toBeUndefined();
  });
}
