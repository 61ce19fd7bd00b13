import { FAR_FUTURE, type OutboxMessage } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { commitOf } from './shard-fixture.ts';
import {
  entriesOf,
  FENCED,
  META,
  messageOf,
  positionOf,
  type StoreWorld,
  stateOf,
  trimOf,
} from './store-contract-world.ts';

/** The rules of timers, outbox and lost writes. */
export function describePollAndOutbox(world: StoreWorld): void {
  describe('a poll', () => {
    const DUES = [
      { id: 'never', dueMs: FAR_FUTURE },
      { id: 'c', dueMs: 300 },
      { id: 'b', dueMs: 100 },
      { id: 'a', dueMs: 100 },
    ];

    it.each([
      ['nothing before the first', 99, 10, [], 100],
      ['exactly at the due time, ties by id', 100, 10, ['a', 'b'], 300],
      ['no more than the limit', 400, 1, ['a'], 100],
      ['everything but what is never due', 400, 10, ['a', 'b', 'c'], FAR_FUTURE],
    ])('answers %s', async (_what, nowMs, limit, ids, nextDueMs) => {
      const { session, version } = await world.owner();
      const next = await world.committed(session, version, { dues: DUES });
      const answer = await session.poll(next, nowMs, limit);
      expect(answer).toMatchObject({ kind: 'ok', nextDueMs });
      expect(answer.kind === 'ok' && answer.due.map((due) => due.id)).toEqual(ids);
    });

    it('of a shard without entities names no next due time', async () => {
      const { session, version } = await world.owner();
      expect(await session.poll(version, 1, 10)).toEqual({ kind: 'ok', due: [], nextDueMs: FAR_FUTURE });
    });

    it('follows a due time that was moved, and keeps one member per entity', async () => {
      const { session, version } = await world.owner();
      const next = await world.committed(session, version, { dues: DUES });
      const last = await world.committed(session, next, { dues: [{ id: 'a', dueMs: FAR_FUTURE }] });
      expect(await session.poll(last, 100, 10)).toEqual({
        kind: 'ok',
        due: [{ id: 'b', dueMs: 100 }],
        nextDueMs: 300,
      });
      expect(await world.harness.store.countEntities(world.shard)).toBe(4);
    });

    it('notices a version it does not hold', async () => {
      const { session, version } = await world.owner();
      expect(await session.poll(version + 1, 0, 1)).toEqual({ kind: 'rolled-back' });
    });
  });

  describe('the outbox', () => {
    it('gives entries in order with the version that wrote them, as they were put in', async () => {
      const { session, version } = await world.owner();
      const job = { channel: 'sms', contactId: 'k1', entityId: 'a', sendAt: 5, sendBy: 9 };
      const full: OutboxMessage = { ...messageOf('one'), partition: 3, headers: { h: Buffer.from([0, 255]) }, job };
      const tombstone: OutboxMessage = { ...messageOf('two'), value: null };
      const next = await world.committed(session, version, { outbox: [full] });
      const last = await world.committed(session, next, { outbox: [tombstone] });
      const answer = await session.readOutbox(last, 10);
      expect(answer).toMatchObject({ kind: 'ok', length: 2 });
      expect(answer.kind === 'ok' && answer.entries.map(({ version: v, message }) => ({ v, message }))).toEqual([
        { v: next, message: full },
        { v: last, message: tombstone },
      ]);
      expect(await session.readOutbox(last, 1)).toMatchObject({
        kind: 'ok',
        length: 2,
        entries: [{ version: next }],
      });
    });

    it('may be read and trimmed with a version that a commit has just passed, not with one to come', async () => {
      const { session, version } = await world.owner();
      await world.committed(session, version, {});
      expect((await session.readOutbox(version, 1)).kind).toBe('ok');
      expect((await session.trim(version, trimOf({ entriesVersion: version }))).kind).toBe('ok');
      expect(await session.readOutbox(version + 2, 1)).toEqual({ kind: 'rolled-back' });
      expect(await session.trim(version + 2, trimOf({ entriesVersion: version }))).toEqual({ kind: 'rolled-back' });
    });

    it('is trimmed by exact ids, and trimming again changes nothing', async () => {
      const { session, version } = await world.owner();
      const next = await world.committed(session, version, { outbox: ['a', 'b', 'c'].map(messageOf) });
      const entries = await entriesOf(session, next);
      const ids = [entries[0]?.id ?? '', entries[2]?.id ?? ''];
      const trim = trimOf({ ids, entriesVersion: next });
      expect(await session.trim(next, trim)).toEqual({ kind: 'ok', relayMoved: false });
      expect(await session.trim(next, trim)).toEqual({ kind: 'ok', relayMoved: false });
      expect((await entriesOf(session, next)).map((entry) => entry.id)).toEqual([entries[1]?.id]);
    });

    it('is not trimmed of entries that a later version wrote', async () => {
      const { session, version } = await world.owner();
      const next = await world.committed(session, version, { outbox: [messageOf('a')] });
      const [entry] = await entriesOf(session, next);
      const trim = trimOf({ ids: [entry?.id ?? ''], entriesVersion: version });
      expect(await session.trim(next, trim)).toEqual({ kind: 'rolled-back' });
      expect(await entriesOf(session, next)).toHaveLength(1);
    });

    it.each([
      ['began at the stored offset', META.relay.nextOffset, true],
      ['began behind it', META.relay.nextOffset - 1, false],
      ['began beyond a record of somebody else', META.relay.nextOffset + 1, false],
      ['did not go there', null, false],
    ])('moves the relay offset with a produce that %s: %s, %s', async (_what, producedFrom, moves) => {
      const { session, version } = await world.owner();
      const relay = positionOf(42);
      const trim = trimOf({ entriesVersion: version, producedFrom, relay: producedFrom === null ? null : relay });
      expect(await session.trim(version, trim)).toEqual({ kind: 'ok', relayMoved: moves });
      const meta = await world.harness.store.readMeta(world.shard);
      expect(meta?.relay).toEqual(moves ? relay : META.relay);
      expect(meta?.version).toBe(version);
    });
  });

  describe('lost writes', () => {
    it('of a commit are noticed by every call of the owner', async () => {
      const { session, version } = await world.owner();
      const next = await world.committed(session, version, {});
      const restore = await world.harness.snapshot(world.shard);
      const last = await world.committed(session, next, { states: [stateOf('a', 'lost')], outbox: [messageOf('m')] });
      await restore();
      expect(await session.poll(last, 0, 1)).toEqual({ kind: 'rolled-back' });
      expect(await session.readOutbox(last, 1)).toEqual({ kind: 'rolled-back' });
      expect(await session.trim(last, trimOf({ entriesVersion: last }))).toEqual({ kind: 'rolled-back' });
      expect(await session.commit(last, commitOf({}))).toEqual({ kind: 'rolled-back' });
      expect(await session.read(['a'])).toEqual({ kind: 'ok', states: [null] });
    });

    it('of a claim fence the new owner, and the old one is told only by its version', async () => {
      const old = await world.owner();
      const restore = await world.harness.snapshot(world.shard);
      const current = await world.owner();
      await restore();
      expect(await current.session.commit(current.version, commitOf({}))).toEqual(FENCED);
      expect((await old.session.commit(old.version, commitOf({}))).kind).toBe('ok');
    });

    it('of everything are never taken for a new shard', async () => {
      const { session, version } = await world.owner();
      await world.harness.wipe(world.shard);
      expect(await session.commit(version, commitOf({}))).toEqual({ kind: 'uninitialised' });
      expect(await session.poll(version, 0, 1)).toEqual({ kind: 'uninitialised' });
      expect(await (await world.open()).claim()).toEqual({ kind: 'uninitialised' });
      expect(await world.harness.store.readState(world.shard, 'a')).toEqual({ bytes: null, trusted: false });
      expect(await world.harness.store.countEntities(world.shard)).toBe(0);
    });
  });
}
