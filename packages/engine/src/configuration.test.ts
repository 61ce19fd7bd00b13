import {
  createTallyTopology,
  type EngineWorld,
  type Tally,
  type TallyConfiguration,
  type TallyEvent,
  tallyConfiguration,
} from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, served, world } from '../test/served-world.ts';
import type { Engine } from './engine.ts';
import type { Rules, Topology } from './topology.ts';

const SHARD = { topology: 'tally', partition: 0 };
const LONG_MS = 30_000;
const plain = createTallyTopology();

/** The record an operator's command appends. */
function configure({ broker }: EngineWorld, configuration: TallyConfiguration, padding = 0): void {
  const message = tallyConfiguration(configuration);
  broker.append('in.b', 0, { ...message, value: Buffer.concat([message.value, Buffer.alloc(padding, ' ')]) });
}

const standingOf = (engine: Engine) => engine.standings()[0]?.claim?.configuration;
const metaOf = async ({ store }: EngineWorld) => (await store.readMeta(SHARD)) ?? undefined;

describe('a configuration record', () => {
  it('holds for what comes after it and for nothing before, though they are one batch', async () => {
    const created = world({ partitions: 1 });
    for (const name of ['one', 'two', 'three']) {
      created.send({ id: `before ${name}`, amount: 1 });
      await created.clock.advance(10);
      configure(created, { name, factor: 10 });
      await created.clock.advance(10);
    }
    created.send({ id: 'last', amount: 1 });
    const engine = await created.worker('w1');
    created.broker.assign({ w1: [0] });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 31, under: ['-', 'one', 'two', 'three'] });
    expect(standingOf(engine)).toEqual({ name: 'three', refused: undefined, isSweeping: false });
    expect(created.cleanFold().get('alice')).toEqual(await created.state('alice'));
  });

  it('is in force for whoever claims the shard later', async () => {
    const created = await served();
    configure(created, { name: 'one', factor: 2 });
    await created.settle();
    const engine = await created.worker('w2');
    created.broker.assign({ w1: [], w2: [0] });
    await created.clock.advance(5_000);
    created.send({ id: '1', amount: 3 });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 6, under: ['one'] });
    expect(standingOf(engine)?.name).toBe('one');
  });

  it('that cannot be put into force leaves what was, says why, and the stream goes on', async () => {
    const created = world({ partitions: 1 });
    const engine = await created.worker('w1');
    created.broker.assign({ w1: [0] });
    configure(created, { name: 'good', factor: 2 });
    await created.clock.advance(10);
    configure(created, { name: 'broken', isBroken: true });
    await created.clock.advance(10);
    created.send({ id: '1', amount: 3 });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 6, under: ['good'] });
    const refused = { name: 'broken', message: 'it is broken', atMs: expect.any(Number) };
    expect(standingOf(engine)).toMatchObject({ name: 'good', refused });
    expect(await metaOf(created)).toMatchObject({ refused, configuration: { name: 'good' } });
    expect(created.troubles).toContain('configuration-refused');

    configure(created, { name: 'better' });
    await created.settle();
    expect(standingOf(engine)).toMatchObject({ name: 'better', refused: undefined });
    expect((await metaOf(created))?.refused).toBeUndefined();
  });

  it('that brings what is in force already changes nothing, but ends what was refused', async () => {
    const created = await served();
    configure(created, { name: 'one' });
    configure(created, { name: 'broken', isBroken: true });
    await created.settle();
    configure(created, { name: 'one' });
    await created.settle();
    expect(await metaOf(created)).toMatchObject({ configuration: { name: 'one' } });
    expect((await metaOf(created))?.refused).toBeUndefined();
  });

  it('that an earlier release refused waits for a record of its own, and is in force from there in every fold', async () => {
    const created = world({ partitions: 1 });
    await created.worker('w1', withoutFactors());
    created.broker.assign({ w1: [0] });
    configure(created, { name: 'new', factor: 10 });
    await created.settle();
    created.send({ id: '1', amount: 1 });
    await created.settle();
    const engine = await created.worker('w2');
    created.broker.assign({ w1: [], w2: [0] });
    await created.clock.advance(5_000);
    created.send({ id: '2', amount: 1 });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 2, under: ['-'] });
    expect(standingOf(engine)?.refused).toMatchObject({ name: 'new', message: 'what is a factor?' });

    configure(created, { name: 'new', factor: 10 });
    await created.settle();
    created.send({ id: '3', amount: 1 });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 12, under: ['-', 'new'] });
    expect(standingOf(engine)).toMatchObject({ name: 'new', refused: undefined });
    expect((await metaOf(created))?.refusals).toEqual([{ name: 'new', atMs: expect.any(Number) }]);
  });

  it('may be larger than other records', async () => {
    const created = await served({ engine: { maxValueBytes: 10_000 } });
    configure(created, { name: 'large' }, 20_000);
    await created.settle();
    expect((await metaOf(created))?.configuration?.name).toBe('large');
    expect(deadLetters(created)).toEqual([]);
  });

  it('is no reason to lose it that its commit fails: the next claim folds it again', async () => {
    let isFailing = false;
    const created = await served({
      store: { fault: ({ operation }) => (isFailing && operation === 'commit' ? { kind: 'lost-request' } : undefined) },
    });
    created.send({ id: '1', amount: 1 });
    await created.settle();
    isFailing = true;
    configure(created, { name: 'one', factor: 5 });
    await created.clock.advance(300);
    created.send({ id: '2', amount: 1 });
    await created.clock.advance(1_000);
    isFailing = false;
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ total: 6, under: ['-', 'one'] });
  });
});

it('a shard whose configuration this release cannot work by is not served, and says so', async () => {
  const created = await served();
  configure(created, { name: 'one' });
  await created.settle();
  const older: Topology<Tally, TallyEvent> = {
    ...plain,
    configuration: { ...configurationsOf(plain), open: () => ({ kind: 'refused', message: 'what is a factor?' }) },
  };
  await created.worker('w2', older);
  created.broker.assign({ w1: [], w2: [0] });
  await created.clock.advance(5_000);
  expect(created.stops).toEqual([{ partition: 0, reason: 'incompatible' }]);
});

it('states of one configuration are read under the next by the dictionary, which is written before they need it', async () => {
  const created = world({ partitions: 1 });
  await created.worker('w1', named(plain));
  created.broker.assign({ w1: [0] });
  created.send({ id: '1', customerId: 'alice', amount: 1 });
  await created.settle();
  configure(created, { name: 'two', factor: 3 });
  await created.settle();
  expect((await metaOf(created))?.dictionary).toEqual({ '-': 'text of -', two: 'text of two' });
  created.send({ id: '2', customerId: 'alice', amount: 1 });
  await created.worker('w2', named(plain));
  created.broker.assign({ w1: [], w2: [0] });
  await created.clock.advance(5_000);
  created.send({ id: '3', customerId: 'alice', amount: 1 });
  await created.settle();
  const { bytes } = await created.store.readState(SHARD, 'alice');
  expect(String(bytes)).toMatch(/^two\n.*"total":7/s);
  expect(deadLetters(created)).toEqual([]);
});

describe('a configuration that changes when states are due', () => {
  /** Customers who were told something once, and are not touched again. */
  async function silentWorld(customers: number, options: Parameters<typeof served>[0] = {}) {
    const created = await served({ ...options, engine: { sweepSlice: 10, sweepPauseMs: 100, ...options.engine } });
    for (let i = 0; i < customers; i++) created.send({ id: `e${i}`, customerId: `c${i}` });
    await created.settle();
    return created;
  }
  /** Moves the feed on, which is what silences are measured by. */
  async function later(created: EngineWorld) {
    await created.clock.advance(LONG_MS);
    created.send({ id: `beat ${created.clock.now()}`, customerId: 'beat' });
    await created.settle();
  }
  const firedOf = async (created: EngineWorld, customers: number) => {
    const states = await Promise.all(Array.from({ length: customers }, (_, i) => created.state(`c${i}`)));
    return states.map((state) => state?.fired.length);
  };
  const once = (customers: number) => Array<number>(customers).fill(1);

  it('reaches those whom nobody touches, in slices, and notes that it came to the end', async () => {
    const created = await silentWorld(45);
    configure(created, { name: 'waiting', silenceMs: LONG_MS });
    await created.clock.advance(250);
    expect((await metaOf(created))?.isSweepDue).toBe(true);
    await created.clock.advance(1_000);
    expect((await metaOf(created))?.isSweepDue).toBeUndefined();
    await later(created);
    await created.clock.advance(10_000);
    expect(await firedOf(created, 45)).toEqual(once(45));
    expect(created.cleanFold().get('c7')).toEqual(await created.state('c7'));
  });

  it('goes on while records keep coming', async () => {
    const created = await silentWorld(45);
    configure(created, { name: 'waiting', silenceMs: LONG_MS });
    for (let i = 0; i < 200 && (i === 0 || (await metaOf(created))?.isSweepDue); i++) {
      created.send({ id: `busy ${i}`, customerId: 'busy' });
      await created.clock.advance(20);
    }
    expect((await metaOf(created))?.isSweepDue).toBeUndefined();
    await later(created);
    await created.clock.advance(10_000);
    expect(await firedOf(created, 45)).toEqual(once(45));
  });

  it('begins again in the next claim when the first one ended before it was through', async () => {
    const created = await silentWorld(45);
    configure(created, { name: 'waiting', silenceMs: LONG_MS });
    await created.clock.advance(150);
    created.store.disconnectAll();
    await created.clock.advance(10_000);
    await created.settle();
    expect((await metaOf(created))?.isSweepDue).toBeUndefined();
    await later(created);
    await created.clock.advance(10_000);
    expect(await firedOf(created, 45)).toEqual(once(45));
  });

  it('judges by the second of two that follow each other', async () => {
    const created = await silentWorld(45);
    configure(created, { name: 'long', silenceMs: 100 * LONG_MS });
    await created.clock.advance(150);
    configure(created, { name: 'waiting', silenceMs: LONG_MS });
    await created.clock.advance(2_000);
    await later(created);
    await created.clock.advance(10_000);
    expect(await firedOf(created, 45)).toEqual(once(45));
  });

  it('answers what is due by the new rules before the next record of the customer, cached or not', async () => {
    const created = await silentWorld(1, { engine: { sweepPauseMs: LONG_MS } });
    configure(created, { name: 'nothing yet', silenceMs: 500 * LONG_MS });
    await created.settle();
    await later(created);
    configure(created, { name: 'waiting', silenceMs: 1_000 });
    await created.clock.advance(10);
    created.send({ id: 'back', customerId: 'c0' });
    await created.settle();
    expect((await created.state('c0'))?.fired).toHaveLength(1);
  });

  it('is through at once where nobody is', async () => {
    const created = await served();
    configure(created, { name: 'waiting', silenceMs: LONG_MS });
    await created.clock.advance(2_000);
    expect(await metaOf(created)).toMatchObject({ configuration: { name: 'waiting' } });
    expect((await metaOf(created))?.isSweepDue).toBeUndefined();
  });
});

/** The release before: it knows nothing of factors. */
function withoutFactors(): Topology<Tally, TallyEvent> {
  const take = () => ({ kind: 'refused', message: 'what is a factor?' }) as const;
  return { ...plain, configuration: { ...configurationsOf(plain), take } };
}

function configurationsOf<S, E>({ configuration }: Topology<S, E>) {
  if (!configuration) throw new Error('it takes no configuration');
  return configuration;
}

/** The tally, whose states begin with the name of the configuration that wrote them; only a dictionary tells it to others. */
function named(topology: Topology<Tally, TallyEvent>): Topology<Tally, TallyEvent> {
  const configurations = configurationsOf(topology);
  const under = (own: string, rules: Rules<Tally, TallyEvent>): Rules<Tally, TallyEvent> => {
    const known = new Set([own]);
    return {
      ...rules,
      dictionary: {
        entries: { [own]: `text of ${own}` },
        learn(entries) {
          for (const name of Object.keys(entries)) known.add(name);
        },
      },
      encode: (state, layout) => Buffer.concat([Buffer.from(`${own}\n`), rules.encode(state, layout)]),
      read(id, bytes) {
        const end = bytes.indexOf('\n');
        const name = bytes.toString('utf8', 0, end);
        if (!known.has(name)) throw new RangeError(`nobody described ${name}`);
        return rules.read(id, bytes.subarray(end + 1));
      },
    };
  };
  return {
    ...topology,
    ...under('-', topology),
    configuration: {
      open(kept) {
        const opened = configurations.open(kept);
        return opened.kind === 'opened' ? { kind: 'opened', rules: under(kept.name, opened.rules) } : opened;
      },
      take(brought, inForce, place) {
        const taken = configurations.take(brought, inForce, place);
        return taken.kind === 'taken' ? { ...taken, rules: under(brought.name, taken.rules) } : taken;
      },
    },
  };
}
