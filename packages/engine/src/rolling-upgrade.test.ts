import { createTallyTopology, type EngineWorld, type Tally, type TallyEvent } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadLetters, world } from '../test/served-world.ts';
import type { Topology } from './topology.ts';

const CUSTOMERS = ['alice', 'bob', 'carol', 'dave'];
const PARTITIONS = 2;
const shards = Array.from({ length: PARTITIONS }, (_, partition) => ({ topology: 'tally', partition }));

/** The release before: it knows layout 1, which is JSON, and chokes on anything else. */
const older = createTallyTopology();

/** The release after: in layout 2 the same follows its number. */
const newer: Topology<Tally, TallyEvent> = {
  ...older,
  codecVersion: 2,
  encode: (state, layout) =>
    layout === 1 ? older.encode(state, 1) : Buffer.concat([Buffer.from([2]), older.encode(state, 1)]),
  read: (id, bytes) => older.read(id, bytes[0] === 2 ? bytes.subarray(1) : bytes),
};

const layoutOf = (bytes: Buffer) => (bytes[0] === 2 ? 2 : 1);

type Action =
  | { readonly kind: 'send'; readonly customer: number }
  | { readonly kind: 'advance'; readonly ms: number }
  /** A shard goes to the worker of one release. */
  | { readonly kind: 'move'; readonly partition: number; readonly to: 'older' | 'newer' };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), customer: fc.nat(CUSTOMERS.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      partition: fc.nat(PARTITIONS - 1),
      to: fc.constantFrom('older' as const, 'newer' as const),
    }),
  },
);

interface Rollout {
  readonly world: EngineWorld;
  readonly sent: Map<string, number>;
  play(actions: readonly Action[]): Promise<void>;
  give(owners: readonly ('older' | 'newer')[]): void;
}

/** Both releases run; the shards begin at the older one. */
async function rollout(): Promise<Rollout> {
  const w = world({ partitions: PARTITIONS, engine: { quarantineAfter: Number.MAX_SAFE_INTEGER } });
  await w.worker('older', older);
  await w.worker('newer', newer);
  const owners: ('older' | 'newer')[] = shards.map(() => 'older');
  const sent = new Map<string, number>();
  const assign = () =>
    w.broker.assign(Object.groupBy([...owners.keys()], (partition) => owners[partition] ?? 'older') as never);
  assign();
  return {
    world: w,
    sent,
    give(wanted) {
      owners.splice(0, owners.length, ...wanted);
      assign();
    },
    async play(actions) {
      for (const step of actions) {
        if (step.kind === 'advance') await w.clock.advance(step.ms);
        if (step.kind === 'send') {
          const customerId = CUSTOMERS[step.customer] ?? '';
          const number = (sent.get(customerId) ?? 0) + 1;
          sent.set(customerId, number);
          w.send({ id: `${customerId}-${number}`, customerId, amount: 1 });
        }
        if (step.kind === 'move') {
          owners[step.partition] = step.to;
          assign();
        }
      }
    },
  };
}

async function storedLayouts(w: EngineWorld): Promise<number[]> {
  const layouts: number[] = [];
  for (const shard of shards) {
    for (const id of w.store.entityIds(shard)) {
      const { bytes } = await w.store.readState(shard, id);
      if (bytes) layouts.push(layoutOf(bytes));
    }
  }
  return layouts;
}

/** What is stored of a customer, read by the newer release. */
async function tallyOf(w: EngineWorld, customerId: string): Promise<Tally | undefined> {
  for (const shard of shards) {
    const { bytes } = await w.store.readState(shard, customerId);
    if (bytes) return newer.read(customerId, bytes);
  }
  return undefined;
}

async function expectCountedOnce({ world: w, sent }: Rollout): Promise<void> {
  const clean = w.cleanFold();
  for (const customerId of CUSTOMERS) {
    const found = await tallyOf(w, customerId);
    expect(found?.total ?? 0).toBe(sent.get(customerId) ?? 0);
    expect(found?.seen ?? []).toEqual(clean.get(customerId)?.seen ?? []);
  }
  expect(deadLetters(w)).toEqual([]);
  expect(w.troubles).not.toContain('state-unreadable');
}

describe('two releases side by side', () => {
  it('take over each other in any order; nothing the older cannot read is written before the upgrade is final', async () => {
    const schedules = fc.array(action, { minLength: 5, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(schedules, schedules, async (before, after) => {
        const run = await rollout();
        const { world: w } = run;
        await run.play(before);
        await w.settle();
        expect(new Set(await storedLayouts(w))).not.toContain(2);
        await expectCountedOnce(run);
        expect(w.stops).toEqual([]);

        run.give(['newer', 'newer']);
        await w.settle();
        await w.clock.advance(2_000);
        for (const shard of shards) expect(w.store.finaliseLayout(shard, 2)).toBe('raised');
        const newOnly = after.filter((step) => step.kind !== 'move');
        await run.play(newOnly);
        for (const customer of CUSTOMERS.keys()) await run.play([{ kind: 'send', customer }]);
        await w.settle();
        expect(new Set(await storedLayouts(w))).toEqual(new Set([2]));
        await expectCountedOnce(run);
        expect(w.stops).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('are not made final while the older one owns a shard', async () => {
    const { world: w, give } = await rollout();
    give(['newer', 'older']);
    await w.settle();
    await w.clock.advance(2_000);
    expect(shards.map((shard) => w.store.finaliseLayout(shard, 2))).toEqual(['raised', 'older-worker']);
  });

  it('after it is final leave the older one refusing loudly, and the newer one takes the shard back', async () => {
    const run = await rollout();
    const { world: w } = run;
    run.give(['newer', 'newer']);
    for (const customer of CUSTOMERS.keys()) await run.play([{ kind: 'send', customer }]);
    await w.settle();
    await w.clock.advance(2_000);
    for (const shard of shards) w.store.finaliseLayout(shard, 2);
    run.give(['older', 'older']);
    for (const customer of CUSTOMERS.keys()) await run.play([{ kind: 'send', customer }]);
    await w.clock.advance(5_000);
    expect(w.stops.map(({ reason }) => reason)).toEqual(['incompatible', 'incompatible']);
    expect((await tallyOf(w, 'alice'))?.total).toBe(1);
    run.give(['newer', 'newer']);
    await w.settle();
    await expectCountedOnce(run);
  });
});
