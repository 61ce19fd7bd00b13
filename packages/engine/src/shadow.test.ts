import {
  createEngineWorld,
  createFakeShardStore,
  createTallyTopology,
  type EngineWorld,
  TALLY_DECISIONS,
  TALLY_ERASURE,
  TALLY_INPUTS,
  type TallyConfiguration,
  tallyConfiguration,
  tallySetting,
} from '@holdfast/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReleasedDecision } from './batch.ts';
import { ENGINE_DEFAULTS } from './options.ts';
import type { OutboxMessage } from './ports/store.ts';
import { createShadow } from './shadow.ts';

const SHARD = { topology: 'tally', partition: 0 };
const START = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
const CUSTOMERS = ['alice', 'bob', 'carol'];

let world: EngineWorld;
afterEach(() => world.close());

/** A live shard with a history of events, timers of both kinds, decisions and a record that throws. */
async function aLivedWorld(): Promise<EngineWorld> {
  world = createEngineWorld({ partitions: 1 });
  await world.worker('one');
  world.broker.assign({ one: [0] });
  for (let i = 0; i < 30; i++) {
    const customerId = CUSTOMERS[i % 3] ?? '';
    const extra = [{ wakeInMs: 3_000 }, { decide: `d${i}` }, { absenceMs: 5_000 }, {}, { bomb: i === 19 }][i % 5];
    if (i % 7 === 0) world.broker.append('in.b', 0, tallySetting('s', `${i}`));
    const count = { name: `n${i % 4}`, by: 1, ...(i % 4 === 3 ? { untilMs: world.clock.now() + 2_000 } : {}) };
    world.send({ id: `e${i}`, amount: i, customerId, count, ask: 's', ...extra }, { topic: TALLY_INPUTS[i % 2] ?? '' });
    await world.clock.advance(700);
  }
  await world.settle();
  return world;
}

/** A shadow over keys of its own, fed by a consumer of its own. */
async function aShadow() {
  const { broker, clock } = world;
  const store = createFakeShardStore();
  const meta = await world.store.readMeta(SHARD);
  if (!meta) throw new Error('there is no live shard');
  const inputs = Object.fromEntries(TALLY_INPUTS.map((topic) => [topic, START]));
  const { configuration: _c, refused: _r, isSweepDue: _s, tallies: _t, settings: _k, ...plain } = meta;
  await store.initialise(SHARD, { ...plain, inputs, watermarks: {}, erasures: {} });
  const session = await store.open(SHARD);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
  const discarded: OutboxMessage[] = [];
  const log = broker.member('shadow');
  const shadow = createShadow(
    claimed.meta,
    {
      shard: SHARD,
      topology: createTallyTopology(),
      session,
      log,
      clock,
      firings: [],
      trouble: () => undefined,
      discarded: (messages) => void discarded.push(...messages),
    },
    { ...ENGINE_DEFAULTS, graceMs: 0, batchSize: 4, partitionCount: 1, deadLetterTopic: 'out.dead-letter' },
  );
  await log.start({
    assigned: () => undefined,
    batch: (batch) => shadow.onBatch(batch),
    disturbed: (topic) => shadow.onDisturbed(topic),
    crashed: () => undefined,
  });
  broker.assign({ one: [0], shadow: [0] });
  /** Time passes while the call runs. */
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let isOver = false;
    const ended = call.finally(() => {
      isOver = true;
    });
    await clock.until(() => isOver, 'the shadow is done');
    return ended;
  };
  return { store, shadow, discarded, during };
}

const positions = async () => {
  const { inputs = {} } = (await world.store.readMeta(SHARD)) ?? {};
  return Object.fromEntries(Object.entries(inputs).map(([topic, { nextOffset }]) => [topic, nextOffset]));
};

describe('a shadow of a shard', () => {
  it('folds the log from its start into the same bytes and counts, and lets nothing out', async () => {
    await aLivedWorld();
    const { broker, clock, queue } = world;
    const [released, offered] = [broker.records(TALLY_DECISIONS, 0).length, queue.offered.size];
    const { store, shadow, discarded, during } = await aShadow();
    expect(await during(shadow.foldTo(await positions()))).toEqual({ kind: 'ok' });
    expect(await during(shadow.fireUntil(clock.now()))).toEqual({ kind: 'ok' });
    for (const id of CUSTOMERS) {
      const [live, fresh] = [await world.store.readState(SHARD, id), await store.readState(SHARD, id)];
      expect(JSON.parse(String(fresh.bytes))).toEqual(JSON.parse(String(live.bytes)));
    }
    expect(store.kpis(SHARD, 'test')).toEqual(world.store.kpis(SHARD, 'test'));
    const [live, fresh] = [await world.store.readMeta(SHARD), await store.readMeta(SHARD)];
    expect([fresh?.tallies, fresh?.settings]).toEqual([live?.tallies, live?.settings]);
    expect(fresh).toMatchObject({ tallies: { n3: { value: 6 } }, settings: { s: '28' } });
    expect(store.outboxLength(SHARD)).toBe(0);
    expect(broker.records(TALLY_DECISIONS, 0)).toHaveLength(released);
    expect(queue.offered.size).toBe(offered);
    expect(discarded.filter(({ topic }) => topic === TALLY_DECISIONS)).toHaveLength(released - 1);
    shadow.close();
  });

  it('stops exactly where it is told, and goes on when it is told more', async () => {
    await aLivedWorld();
    const { store, shadow, during } = await aShadow();
    await during(shadow.foldTo({ 'in.a': 4, 'in.b': 2 }));
    await world.clock.advance(5_000);
    const at = async () => {
      const { inputs = {} } = (await store.readMeta(SHARD)) ?? {};
      return [inputs['in.a']?.nextOffset, inputs['in.b']?.nextOffset];
    };
    expect(await at()).toEqual([4, 2]);
    expect(shadow.folded).toBe(6);
    await during(shadow.foldTo(await positions()));
    expect(await at()).toEqual(Object.values(await positions()));
    shadow.close();
  });

  it('adopts what it is given after the fold', async () => {
    await aLivedWorld();
    const { store, shadow, during } = await aShadow();
    await during(shadow.foldTo(await positions()));
    const event = { id: 'x', contactId: 'c-dave-x', customerId: 'dave', occurredAt: 1 };
    const adopted = new Map<string, ReleasedDecision<typeof event>[]>([['dave', [{ offset: 7, event, atMs: 1 }]]]);
    expect(await during(shadow.adopt(adopted, world.clock.now()))).toEqual({ kind: 'ok' });
    const { bytes } = await store.readState(SHARD, 'dave');
    expect(JSON.parse(String(bytes))).toMatchObject({ contacts: { 'c-dave-x': 'adopted' } });
    shadow.close();
  });

  it('holds nobody who was erased in the live shard, and counts what he did as the live shard has it', async () => {
    await aLivedWorld();
    const headers = { 'holdfast-kind': Buffer.from(TALLY_ERASURE) };
    world.broker.append('in.b', 0, { key: null, value: Buffer.from('alice'), headers });
    await world.clock.advance(1_000);
    world.send({ id: 'late', customerId: 'alice', occurredAt: world.clock.now() - 10_000 });
    await world.settle();
    const { store, shadow, during } = await aShadow();
    await during(shadow.foldTo(await positions()));
    await during(shadow.fireUntil(world.clock.now()));
    expect([...store.entityIds(SHARD)].sort()).toEqual(['bob', 'carol']);
    expect([...store.entityIds(SHARD)].sort()).toEqual([...world.store.entityIds(SHARD)].sort());
    expect(store.kpis(SHARD, 'test')).toEqual(world.store.kpis(SHARD, 'test'));
    shadow.close();
  });

  it('switches where the shard did, and finds the silences that a sweep found there', async () => {
    await aLivedWorld();
    const configure = async (configuration: TallyConfiguration) => {
      world.broker.append('in.b', 0, tallyConfiguration(configuration));
      await world.settle();
      await world.clock.advance(5_000);
      for (const customerId of CUSTOMERS) world.send({ id: `after ${configuration.name}`, amount: 1, customerId });
      await world.settle();
    };
    await configure({ name: 'ten', factor: 10 });
    await configure({ name: 'waiting', factor: 20, silenceMs: 60_000 });
    world.send({ id: 'quiet', customerId: 'dave' });
    await world.settle();
    await world.clock.advance(120_000);
    await configure({ name: 'broken', isBroken: true });
    await configure({ name: 'shorter', factor: 30, silenceMs: 4_000 });
    await world.clock.advance(5_000);
    const { store, shadow, during } = await aShadow();
    await during(shadow.foldTo(await positions()));
    expect(await during(shadow.fireUntil(world.clock.now()))).toEqual({ kind: 'ok' });
    for (const id of [...CUSTOMERS, 'dave']) {
      const [live, fresh] = [await world.store.readState(SHARD, id), await store.readState(SHARD, id)];
      expect(JSON.parse(String(fresh.bytes))).toEqual(JSON.parse(String(live.bytes)));
      expect(JSON.parse(String(live.bytes)).under.at(-1)).toBe(id === 'dave' ? 'waiting' : 'shorter');
    }
    const { configuration, isSweepDue } = (await store.readMeta(SHARD)) ?? {};
    expect([configuration?.name, isSweepDue]).toEqual(['shorter', undefined]);
    expect(configuration).toEqual((await world.store.readMeta(SHARD))?.configuration);
    shadow.close();
  });

  it('refuses what the shard refused under an earlier release, and switches at the record that brought it again', async () => {
    const earlier = createTallyTopology();
    const take = () => ({ kind: 'refused', message: 'what is a factor?' }) as const;
    const { configuration } = earlier;
    if (!configuration) throw new Error('it takes no configuration');
    world = createEngineWorld({ partitions: 1 });
    await world.worker('one', { ...earlier, configuration: { ...configuration, take } });
    world.broker.assign({ one: [0] });
    const told = async (id: string, before?: TallyConfiguration) => {
      if (before) world.broker.append('in.b', 0, tallyConfiguration(before));
      await world.settle();
      world.send({ id, amount: 1, customerId: 'alice' });
      await world.settle();
    };
    await told('refused', { name: 'ten', factor: 10 });
    await world.worker('two');
    world.broker.assign({ one: [], two: [0] });
    await world.clock.advance(5_000);
    await told('later release');
    await told('in force', { name: 'ten', factor: 10 });
    expect(await world.state('alice')).toMatchObject({ total: 12, under: ['-', 'ten'] });

    const { store, shadow, during } = await aShadow();
    await during(shadow.foldTo(await positions()));
    const { bytes } = await store.readState(SHARD, 'alice');
    expect(JSON.parse(String(bytes))).toEqual(await world.state('alice'));
    shadow.close();
  });

  it('says so when the log is cut under it', async () => {
    await aLivedWorld();
    world.broker.truncate('in.a', 0, 3);
    const { shadow, during } = await aShadow();
    const answer = await during(shadow.foldTo(await positions()));
    expect(answer).toMatchObject({ kind: 'failed', message: expect.stringContaining('gap') });
    shadow.close();
  });
});
