import { expect, it } from 'vitest';
import { commitOf } from './shard-fixture.ts';
import { messageOf, type StoreWorld } from './store-contract-world.ts';

/** What the store owes to whoever must wait for it: durability, and the reason of an owner that stopped. */
export function describeWaiting(world: StoreWorld): void {
  it('says what has its writes, and goes on', async () => {
    const { session, version } = await world.owner();
    const next = await world.committed(session, version, { outbox: [messageOf('one')] });
    expect(await session.awaitDurable(1_000)).toMatchObject({ kind: 'ok' });
    expect(await session.commit(next, commitOf({}))).toMatchObject({ kind: 'ok', outboxLength: 1 });
  });

  it('that was closed cannot say what has its writes', async () => {
    const { session } = await world.owner();
    await session.close();
    expect((await session.awaitDurable(1_000)).kind).toBe('unknown');
    await session.noteStopped('gap', 'nobody hears it');
    expect(await world.harness.stoppedReason(world.shard)).toBeUndefined();
  });

  it('leaves the reason for which it stopped, until the next claim', async () => {
    const { session, version } = await world.owner();
    await session.noteStopped('gap', 'records are lost');
    expect(await world.harness.stoppedReason(world.shard)).toBe('gap');
    expect((await world.harness.store.readMeta(world.shard))?.version).toBe(version);
    await world.owner();
    expect(await world.harness.stoppedReason(world.shard)).toBeUndefined();
  });

  it('that was fenced leaves no reason', async () => {
    const old = await world.owner();
    await world.owner();
    await old.session.noteStopped('gap', 'records are lost');
    expect(await world.harness.stoppedReason(world.shard)).toBeUndefined();
  });

  it('is fenced by a hold, and none succeeds it until the hold is let go', async () => {
    const old = await world.owner();
    const release = await world.harness.hold(world.shard);
    expect((await world.harness.store.readState(world.shard, 'a')).trusted).toBe(false);
    expect(await old.session.commit(old.version, commitOf({}))).toEqual({ kind: 'fenced' });
    expect((await (await world.open()).claim()).kind).toBe('held');
    await release();
    expect((await (await world.open()).claim()).kind).toBe('claimed');
  });
}
