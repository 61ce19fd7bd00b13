import type { Commit, ShardId, ShardSession } from '@holdfast/engine';
import { FAR_FUTURE } from '@holdfast/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf } from './shard-fixture.ts';
import { describeConfiguration } from './store-contract-configuration.ts';
import { describeErasure } from './store-contract-erasure.ts';
import { describeKept } from './store-contract-kept.ts';
import { describeWaiting } from './store-contract-operator.ts';
import { describePollAndOutbox } from './store-contract-outbox.ts';
import {
  FENCED,
  type HarnessOptions,
  META,
  messageOf,
  positionOf,
  type StoreHarness,
  type StoreWorld,
  stateOf,
  trimOf,
} from './store-contract-world.ts';

export type { HarnessOptions, StoreHarness } from './store-contract-world.ts';

const OPTIONS: HarnessOptions = { codecVersion: 3, bounds: { items: 5_000, bytes: 1_000_000 } };

/** The rules of the shard store's port. Every store runs them: a rule that only one obeys is no rule. */
export function describeShardStore(name: string, makeStore: (options: HarnessOptions) => Promise<StoreHarness>): void {
  describe(name, () => {
    let harness: StoreHarness;
    let shard: ShardId;
    const sessions: ShardSession[] = [];

    const open = async () => {
      const session = await harness.store.open(shard);
      sessions.push(session);
      return session;
    };
    const owner = async () => {
      const session = await open();
      const claimed = await session.claim();
      if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
      return { session, version: claimed.meta.version, meta: claimed.meta };
    };
    /** Commits and answers the new version. */
    const committed = async (session: ShardSession, version: number, changes: Partial<Commit>) => {
      const answer = await session.commit(version, commitOf(changes));
      if (answer.kind !== 'ok') throw new Error(`commit answered ${answer.kind}`);
      return answer.version;
    };

    const world: StoreWorld = {
      open,
      owner,
      committed,
      get harness() {
        return harness;
      },
      get shard() {
        return shard;
      },
    };

    beforeEach(async () => {
      harness = await makeStore(OPTIONS);
      shard = { topology: harness.topology, partition: 3 };
      await harness.store.initialise(shard, META);
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close();
      await harness.close();
    });

    describe('a shard before it is owned', () => {
      it('is initialised once and keeps its first meta', async () => {
        expect(await harness.store.initialise(shard, { ...META, clusterId: 'other' })).toBe(false);
        expect(await harness.store.readMeta(shard)).toEqual({ ...META, version: 0, attempts: 0 });
      });

      it('is not there before it was initialised, and every call says so', async () => {
        shard = { ...shard, partition: 4 };
        const session = await open();
        expect(await harness.store.readMeta(shard)).toBeNull();
        expect(await session.claim()).toEqual({ kind: 'uninitialised' });
        expect(await session.commit(0, commitOf({}))).toEqual({ kind: 'uninitialised' });
        expect(await session.poll(0, 0, 1)).toEqual({ kind: 'uninitialised' });
        expect(await session.readOutbox(0, 1)).toEqual({ kind: 'uninitialised' });
        expect(await session.trim(0, trimOf({}))).toEqual({ kind: 'uninitialised' });
        expect(await harness.store.readMeta(shard)).toBeNull();
      });

      it('takes no commit from a session that never claimed', async () => {
        const session = await open();
        expect(await session.commit(0, commitOf({ states: [stateOf('a', 'x')] }))).toEqual({ kind: 'fenced' });
        expect((await harness.store.readState(shard, 'a')).bytes).toBeNull();
      });
    });

    describe('a claim', () => {
      it('answers the meta and raises the version', async () => {
        const { meta } = await owner();
        expect(meta).toEqual({ ...META, version: 1, attempts: 0 });
        expect((await owner()).meta.version).toBe(2);
      });

      it('leaves the count of attempts to the commits', async () => {
        const { session, version } = await owner();
        await committed(session, version, { adopted: true, attempts: 3 });
        expect((await owner()).meta.attempts).toBe(3);
        const again = await owner();
        await committed(again.session, again.version, { attempts: 0 });
        expect((await owner()).meta.attempts).toBe(0);
      });

      it('is refused to a worker that cannot read the layout, and changes nothing', async () => {
        const older = harness.storeFor(META.minCodec - 1);
        const session = await older.open(shard);
        expect(await session.claim()).toEqual({ kind: 'incompatible', minCodec: META.minCodec });
        expect((await harness.store.readMeta(shard))?.version).toBe(0);
        await session.close();
        await older.close();
      });

      it('fences the owner before it in every call', async () => {
        const old = await owner();
        const current = await owner();
        expect(await old.session.commit(old.version, commitOf({ states: [stateOf('a', 'old')] }))).toEqual(FENCED);
        expect(await old.session.commit(current.version, commitOf({}))).toEqual(FENCED);
        expect(await old.session.poll(current.version, 0, 1)).toEqual(FENCED);
        expect(await old.session.readOutbox(current.version, 1)).toEqual(FENCED);
        expect(await old.session.trim(current.version, trimOf({}))).toEqual(FENCED);
        expect((await harness.store.readState(shard, 'a')).bytes).toBeNull();
      });

      it('takes the trust from the states until its adoption is committed, and so does a commit that says it is behind', async () => {
        const { session, version } = await owner();
        const after = await committed(session, version, { states: [stateOf('a', 'x')] });
        expect(await harness.store.readState(shard, 'a')).toEqual({ bytes: Buffer.from('x'), trusted: false });
        await committed(session, after, { adopted: true });
        expect(await harness.store.readState(shard, 'a')).toEqual({ bytes: Buffer.from('x'), trusted: true });
        const behind = await committed(session, after + 1, { adopted: false });
        expect((await harness.store.readState(shard, 'a')).trusted).toBe(false);
        const near = await committed(session, behind, { adopted: true });
        await committed(session, near, { states: [stateOf('a', 'y')] });
        expect((await harness.store.readState(shard, 'a')).trusted).toBe(true);
        await owner();
        expect((await harness.store.readState(shard, 'a')).trusted).toBe(false);
      });
    });

    describe('a commit', () => {
      it('writes all its parts and answers version and outbox length', async () => {
        const { session, version } = await owner();
        const changes = commitOf({
          inputs: { usage: positionOf(20), churn: positionOf(1) },
          watermarks: { 'billing|UsageRecorded': 77 },
          states: [stateOf('a', 'A'), stateOf('ü', 'U')],
          dues: [
            { id: 'a', dueMs: 50 },
            { id: 'ü', dueMs: FAR_FUTURE },
          ],
          outbox: [messageOf('one'), messageOf('two')],
          kpis: [
            { campaign: 'save', cell: 'n', by: 2 },
            { campaign: 'save', cell: 'n', by: 3 },
            { campaign: 'grow', cell: 'loss', by: -4 },
          ],
          history: [{ entityId: 'a', record: Buffer.from('because') }],
          told: [{ entityId: 'a', record: Buffer.from('happened') }],
          relay: positionOf(9),
          configuration: { name: 'p1', text: 'all of it' },
          journal: Buffer.from('j1'),
        });
        expect(await session.commit(version, changes)).toEqual({ kind: 'ok', version: version + 1, outboxLength: 2 });
        expect(await session.read(['a', 'nobody', 'ü'])).toEqual({
          kind: 'ok',
          states: [Buffer.from('A'), null, Buffer.from('U')],
        });
        expect(await harness.store.readMeta(shard)).toEqual({
          ...META,
          version: version + 1,
          inputs: { usage: positionOf(20), churn: positionOf(1) },
          watermarks: { 'billing|UsageRecorded': 77 },
          relay: positionOf(9),
          configuration: { name: 'p1', text: 'all of it' },
          attempts: 0,
        });
        expect(await harness.kpis(shard, 'save')).toEqual({ n: 5 });
        expect(await harness.kpis(shard, 'grow')).toEqual({ loss: -4 });
        expect(await harness.store.readHistory(shard, 'a')).toEqual([Buffer.from('because')]);
        expect(await harness.store.readTold(shard, 'a')).toEqual([Buffer.from('happened')]);
        expect(await harness.journal(shard)).toEqual([Buffer.from('j1')]);
        expect(await harness.store.countEntities(shard)).toBe(2);
      });

      it('leaves alone what it does not name', async () => {
        const { session, version } = await owner();
        const first = {
          inputs: { churn: positionOf(5) },
          watermarks: { f: 1 },
          configuration: { name: 'p1', text: 't' },
        };
        const next = await committed(session, version, first);
        await committed(session, next, { inputs: { usage: positionOf(12) }, watermarks: { g: 2 } });
        expect(await harness.store.readMeta(shard)).toMatchObject({
          inputs: { usage: positionOf(12), churn: positionOf(5) },
          watermarks: { f: 1, g: 2 },
          relay: META.relay,
          configuration: { name: 'p1', text: 't' },
        });
      });

      it('with a version other than the stored one is rolled back, whether lower or higher', async () => {
        const { session, version } = await owner();
        for (const wrong of [version - 1, version + 1]) {
          const answer = await session.commit(wrong, commitOf({ states: [stateOf('a', 'x')] }));
          expect(answer).toEqual({ kind: 'rolled-back' });
        }
        expect((await harness.store.readState(shard, 'a')).bytes).toBeNull();
      });

      it('is not repeated by sending it a second time', async () => {
        const { session, version } = await owner();
        const changes = { kpis: [{ campaign: 'c', cell: 'n', by: 1 }], outbox: [messageOf('m')] };
        await committed(session, version, changes);
        expect(await session.commit(version, commitOf(changes))).toEqual({ kind: 'rolled-back' });
        expect(await harness.kpis(shard, 'c')).toEqual({ n: 1 });
        expect((await session.readOutbox(version + 1, 10)).kind).toBe('ok');
      });

      it('writes thousands of states and dues at once', async () => {
        const { session, version } = await owner();
        const ids = Array.from({ length: 2_400 }, (_, i) => `e${String(i).padStart(5, '0')}`);
        const states = ids.map((id) => stateOf(id, `state of ${id}`));
        await committed(session, version, { states, dues: ids.map((id, i) => ({ id, dueMs: i })) });
        expect(await harness.store.countEntities(shard)).toBe(2_400);
        expect(await session.read(ids)).toEqual({ kind: 'ok', states: states.map((state) => state.bytes) });
      });

      it.each([
        ['items', { dues: Array.from({ length: 5_001 }, (_, i) => ({ id: `e${i}`, dueMs: i })) }],
        ['bytes', { states: [{ id: 'big', bytes: Buffer.alloc(1_100_000) }] }],
      ])('above the bound of %s is refused in words before anything is written', async (_what, tooMuch) => {
        const { session, version } = await owner();
        const changes = commitOf({ outbox: [messageOf('m')], inputs: { usage: positionOf(99) }, ...tooMuch });
        await expect(session.commit(version, changes)).rejects.toThrow(/commit too large/);
        expect(await harness.store.countEntities(shard)).toBe(0);
        expect((await harness.store.readMeta(shard))?.inputs).toEqual(META.inputs);
        expect(await session.commit(version, commitOf({}))).toMatchObject({ kind: 'ok', outboxLength: 0 });
      });

      it.each([
        ['an increment that is no integer', { kpis: [{ campaign: 'c', cell: 'n', by: 0.5 }] }],
        ['a due time that is no number', { dues: [{ id: 'a', dueMs: Number.NaN }] }],
      ])('with %s writes nothing at all', async (_what, wrong) => {
        const { session, version } = await owner();
        const changes = commitOf({ states: [stateOf('a', 'half')], outbox: [messageOf('m')], ...wrong });
        await expect(session.commit(version, changes)).rejects.toThrow();
        expect((await harness.store.readState(shard, 'a')).bytes).toBeNull();
        expect(await session.commit(version, commitOf({}))).toMatchObject({ kind: 'ok', outboxLength: 0 });
      });

      it('keeps the ten newest decision records of an entity, newest first', async () => {
        const { session, version } = await owner();
        let current = version;
        for (let i = 0; i < 12; i++) {
          current = await committed(session, current, { history: [{ entityId: 'a', record: Buffer.from(`r${i}`) }] });
        }
        const kept = (await harness.store.readHistory(shard, 'a')).map(String);
        expect(kept).toEqual(['r11', 'r10', 'r9', 'r8', 'r7', 'r6', 'r5', 'r4', 'r3', 'r2']);
        expect((await harness.store.readHistory(shard, 'a', 2)).map(String)).toEqual(['r11', 'r10']);
      });

      it('answers each of many readers at once about the entity he asked for', async () => {
        const { session, version } = await owner();
        const ids = Array.from({ length: 120 }, (_, i) => `e${i}`);
        await committed(session, version, {
          states: ids.map((id) => stateOf(id, `state of ${id}`)),
          history: ids.map((id) => ({ entityId: id, record: Buffer.from(`record of ${id}`) })),
        });
        const asked = [...ids, 'nobody'];
        const states = await Promise.all(asked.map((id) => harness.store.readState(shard, id)));
        expect(states.map(({ bytes }) => bytes && String(bytes))).toEqual([...ids.map((id) => `state of ${id}`), null]);
        const histories = await Promise.all(asked.map((id) => harness.store.readHistory(shard, id)));
        expect(histories.map(String)).toEqual([...ids.map((id) => `record of ${id}`), '']);
      });

      it('keeps the fifty newest records an entity was told, newest first, and equal ones once', async () => {
        const { session, version } = await owner();
        const long = (i: number) => Buffer.from(`${i} `.repeat(400));
        const first = Array.from({ length: 30 }, (_, i) => ({ entityId: 'a', record: long(i) }));
        const then = [
          ...first.slice(-3),
          ...Array.from({ length: 25 }, (_, i) => ({ entityId: 'a', record: long(30 + i) })),
        ];
        const next = await committed(session, version, { told: [...first, { entityId: 'b', record: Buffer.of() }] });
        await committed(session, next, { told: then });
        const expected = Array.from({ length: 50 }, (_, i) => long(54 - i));
        expect(await harness.store.readTold(shard, 'a')).toEqual(expected);
        expect(await harness.store.readTold(shard, 'b')).toEqual([Buffer.of()]);
        expect(await harness.store.readTold(shard, 'nobody')).toEqual([]);
      });

      it('keeps journal entries in commit order', async () => {
        const { session, version } = await owner();
        const next = await committed(session, version, { journal: Buffer.from('first') });
        await committed(session, next, { journal: Buffer.from('second') });
        expect((await harness.journal(shard)).map(String)).toEqual(['first', 'second']);
      });

      it('keeps what states refer to with the shard, for every later claim', async () => {
        const { session, version, meta } = await owner();
        expect(meta.dictionary).toBeUndefined();
        const next = await committed(session, version, { dictionary: { one: '{"a":1}' } });
        await committed(session, next, { dictionary: { two: 'second' } });
        expect((await owner()).meta.dictionary).toEqual({ one: '{"a":1}', two: 'second' });
      });
    });

    describe('numbers and settings of a shard', () => describeKept(world));

    describePollAndOutbox(world);

    describe('a configured shard', () => describeConfiguration(world));

    describe('an erasure', () => describeErasure(world));

    describe('a session', () => {
      describeWaiting(world);

      it('that was closed answers unknown to every call', async () => {
        const { session, version } = await owner();
        await session.close();
        expect((await session.claim()).kind).toBe('unknown');
        expect((await session.read(['a'])).kind).toBe('unknown');
        expect((await session.commit(version, commitOf({}))).kind).toBe('unknown');
        expect((await session.poll(version, 0, 1)).kind).toBe('unknown');
        expect((await session.readOutbox(version, 1)).kind).toBe('unknown');
        expect((await session.trim(version, trimOf({ entriesVersion: version }))).kind).toBe('unknown');
      });

      it('of one shard never touches another', async () => {
        const { session, version } = await owner();
        const other = { ...shard, partition: 5 };
        await harness.store.initialise(other, META);
        await committed(session, version, { states: [stateOf('a', 'x')], dues: [{ id: 'a', dueMs: 1 }] });
        expect((await harness.store.readState(other, 'a')).bytes).toBeNull();
        expect(await harness.store.countEntities(other)).toBe(0);
      });
    });
  });
}
