import type { OutboxMessage } from '@holdfast/engine';
import type { BudgetAsked, BudgetGranted } from '@holdfast/events';
import { createShardMemory } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askFor, isAsking, stepBudget } from './budget-grants.ts';
import {
  type Amounts,
  BUDGET_UNITS,
  type BudgetPlan,
  type Budgets,
  budgetLeft,
  mayHaveMore,
  peaksAfter,
  runsLow,
  sharingOf,
} from './budgets.ts';
import { type BudgetUnit, tallyNames } from './tally-names.ts';

const CAMPAIGN = 'save';
const RETRY_MS = 10 * 60_000;
type BudgetEvent = BudgetAsked | BudgetGranted;

const encode = (event: BudgetEvent) => Buffer.from(JSON.stringify(event));
const decode = ({ value }: OutboxMessage) => JSON.parse(String(value)) as BudgetEvent;
const planOf = (amounts: BudgetPlan['amounts'], largestMinor = 1): BudgetPlan => ({
  amounts,
  largest: { minor: largestMinor, pieces: 1 },
});

/** Shards that fold what concerns budgets, over a log that may lose, repeat and reorder what they say. */
function createShards(count: number, first: BudgetPlan) {
  let nowMs = 0;
  const underWay: OutboxMessage[] = [];
  const shards = Array.from({ length: count }, (_, partition) => {
    const memory = createShardMemory();
    const shard = { partition, memory, budgets: budgetsOf(first, { plans: new Map(), peaks: {} }), refused: 0 };
    return shard;
  });
  type Shard = (typeof shards)[number];

  function budgetsOf(plan: BudgetPlan, before: Pick<Budgets, 'plans' | 'peaks'>): Budgets {
    const plans = new Map([[CAMPAIGN, plan]]);
    return { plans, peaks: peaksAfter(before, plans), hasPool: true };
  }
  const contextOf = ({ partition, memory, budgets }: Shard) => ({
    ...{ partition, partitionCount: count, nowMs, budgets },
    watermark: () => undefined,
    setting: memory.setting,
    tally: (name: string) => memory.tally(name, nowMs),
  });
  const ask = (shard: Shard) => {
    const books = contextOf(shard);
    if (isAsking(CAMPAIGN, books)) return;
    const { message, tally } = askFor(CAMPAIGN, books, encode);
    shard.memory.change([tally]);
    underWay.push(message);
  };
  const at = (index: number): Shard => shards[index % count] as Shard;

  return {
    shards,
    underWay,
    left: (index: number) => budgetLeft(CAMPAIGN, contextOf(at(index))),
    passTime(ms: number) {
      nowMs += ms;
    },
    publish: (index: number, plan: BudgetPlan) => {
      at(index).budgets = budgetsOf(plan, at(index).budgets);
    },
    /** One more contact, if it can be paid; answers whether it could. */
    want(index: number, costMinor: number): boolean {
      const shard = at(index);
      const books = contextOf(shard);
      const left = budgetLeft(CAMPAIGN, books);
      const isPaid = left.minor >= costMinor && left.pieces >= 1;
      if (isPaid) {
        shard.memory.change([
          { name: tallyNames.spent(CAMPAIGN), by: costMinor },
          { name: tallyNames.pieces(CAMPAIGN), by: 1 },
        ]);
      }
      const hasMore = BUDGET_UNITS.some((unit) => mayHaveMore(CAMPAIGN, unit, books));
      if (isPaid ? runsLow(CAMPAIGN, books) : hasMore) ask(shard);
      return isPaid;
    },
    /** One of the messages under way arrives; it may come again. */
    deliver(which: number, isRepeated: boolean) {
      const index = which % Math.max(1, underWay.length);
      const message = underWay[index];
      if (!message) return;
      if (!isRepeated) underWay.splice(index, 1);
      const shard = at(message.partition ?? 0);
      const effects = stepBudget(decode(message), contextOf(shard), encode);
      if ('refused' in effects) {
        shard.refused += 1;
        return;
      }
      shard.memory.change(effects.tallies);
      underWay.push(...effects.outbox);
    },
    lose: (which: number) => void underWay.splice(which % Math.max(1, underWay.length), 1),
    spent: (): Amounts => ({
      minor: shards.reduce((sum, { memory }) => sum + memory.tally(tallyNames.spent(CAMPAIGN), nowMs), 0),
      pieces: shards.reduce((sum, { memory }) => sum + memory.tally(tallyNames.pieces(CAMPAIGN), nowMs), 0),
    }),
    /** What nobody was granted yet, once all that was said has arrived. */
    poolLeft(unit: BudgetUnit): number {
      const { pool = 0 } = sharingOf(CAMPAIGN, unit, contextOf(at(0))) ?? {};
      const granted = shards.map(({ memory }) => memory.tally(tallyNames.granted(CAMPAIGN, unit), nowMs));
      return granted.reduce((left, amount) => left - amount, pool);
    },
    /** What all shards together have spent and may still spend. */
    allowed(): Amounts {
      const { minor, pieces } = this.spent();
      const lefts = shards.map((_, index) => this.left(index));
      return {
        minor: minor + lefts.reduce((sum, left) => sum + left.minor, 0),
        pieces: pieces + lefts.reduce((sum, left) => sum + left.pieces, 0),
      };
    },
  };
}

type Shards = ReturnType<typeof createShards>;

/** Everybody wants as much as can be had, and every message arrives: one round to wait, one to ask, one to take. */
function exhaust(world: Shards, costMinor: number): void {
  for (let quiet = 0; quiet < 3; quiet++) {
    for (const { partition } of world.shards) while (world.want(partition, costMinor)) quiet = 0;
    while (world.underWay.length > 0) world.deliver(0, false);
    world.passTime(RETRY_MS);
  }
}

const count = fc.integer({ min: 1, max: 9 });
const amounts = fc.oneof(
  fc.record({ minor: fc.integer({ min: 1, max: 5_000 }), pieces: fc.integer({ min: 1, max: 120 }) }),
  fc.record({ pieces: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ minor: fc.integer({ min: 1, max: 5_000 }) }),
);
const place = fc.nat(1_000);
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('want' as const), place, costMinor: fc.integer({ min: 0, max: 60 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), place, isRepeated: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: RETRY_MS }) }),
  },
);

function play(world: Shards, what: typeof act extends fc.Arbitrary<infer A> ? A : never): void {
  if (what.kind === 'want') world.want(what.place, what.costMinor);
  if (what.kind === 'deliver') world.deliver(what.place, what.isRepeated);
  if (what.kind === 'lose') world.lose(what.place);
  if (what.kind === 'time') world.passTime(what.ms);
}

describe('a budget shared by shards', () => {
  it('is never overspent, whatever becomes of what they say to each other', () => {
    fc.assert(
      fc.property(count, amounts, fc.array(act, { maxLength: 120 }), (shards, budget, acts) => {
        const world = createShards(shards, planOf(budget, 60));
        for (const what of acts) {
          play(world, what);
          for (const unit of BUDGET_UNITS)
            expect(world.allowed()[unit]).toBeLessThanOrEqual(budget[unit as never] ?? Infinity);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is spent but for less than a contact in each shard, though messages were lost before', () => {
    const largest: Amounts = { minor: 60, pieces: 1 };
    fc.assert(
      fc.property(count, amounts, fc.array(act, { maxLength: 60 }), (shards, budget, acts) => {
        const world = createShards(shards, planOf(budget, largest.minor));
        for (const what of acts) play(world, what);
        exhaust(world, largest.minor);
        // Of two bounds one shard may meet the one, and another shard the other.
        const isUsedUp = (unit: BudgetUnit, index: number) =>
          world.left(index)[unit] < largest[unit] && world.poolLeft(unit) === 0;
        const rests = world.shards.filter((_, index) => !BUDGET_UNITS.some((unit) => isUsedUp(unit, index)));
        expect(rests).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('of another amount leaves the shards no more than the highest of those in force, and in the end than the last', () => {
    const switches = fc.array(fc.record({ budget: amounts, order: fc.array(act, { maxLength: 25 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), amounts, switches, (shards, first, later) => {
        const world = createShards(shards, planOf(first, 60));
        let before: BudgetPlan['amounts'] = first;
        for (const { budget, order } of later) {
          let switched = 0;
          for (const [i, what] of order.entries()) {
            play(world, what);
            if (i % 3 === 0 && switched < shards) world.publish(switched++, planOf(budget, 60));
            // A unit without a bound in one of the two is bounded by nothing meanwhile.
            for (const unit of BUDGET_UNITS)
              expect(limitsOf(world, unit)).toBeLessThanOrEqual(highest(unit, before, budget));
          }
          while (switched < shards) world.publish(switched++, planOf(budget, 60));
          for (const unit of BUDGET_UNITS)
            expect(limitsOf(world, unit)).toBeLessThanOrEqual(highest(unit, budget, budget));
          before = budget;
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [1, 7],
    [4, 3],
    [8, 1],
    [3, 100],
  ])('of %i shards and %i pieces is spent to the last', (shards, pieces) => {
    const world = createShards(shards, planOf({ pieces }));
    exhaust(world, 0);
    expect(world.spent().pieces).toBe(pieces);
  });

  it('is asked for before it is used up, and once', () => {
    const world = createShards(4, planOf({ pieces: 800 }));
    while (world.underWay.length === 0) world.want(2, 0);
    expect(world.left(2).pieces).toBeGreaterThan(0);
    world.want(2, 0);
    expect(world.underWay).toHaveLength(1);
    const before = world.left(2).pieces;
    world.deliver(0, true);
    world.deliver(0, false);
    expect(world.underWay).toHaveLength(2);
    while (world.underWay.length > 0) world.deliver(0, false);
    expect(world.left(2).pieces).toBe(before + 25);
  });

  it('is asked for again after ten minutes without an answer, where more is needed', () => {
    const world = createShards(2, planOf({ pieces: 4 }));
    while (world.want(1, 0));
    world.lose(0);
    world.passTime(RETRY_MS - 1);
    world.want(1, 0);
    expect(world.underWay).toEqual([]);
    world.passTime(1);
    world.want(1, 0);
    expect(world.underWay).toHaveLength(1);
  });

  it('is shared out whole where shards cannot ask each other', () => {
    const budgets: Budgets = { plans: new Map([[CAMPAIGN, planOf({ pieces: 10 })]]), peaks: {}, hasPool: false };
    const parts = [0, 1, 2, 3].map((partition) =>
      sharingOf(CAMPAIGN, 'pieces', { budgets, partition, partitionCount: 4, tally: () => 0 }),
    );
    expect(parts.map((part) => part?.share)).toEqual([3, 3, 2, 2]);
  });
});

describe('a record about budgets', () => {
  const asked: BudgetAsked = {
    ...{ type: 'BudgetAsked', eventId: 'x', source: 'elsewhere', occurredAt: 0 },
    ...{ campaign: CAMPAIGN, partition: 1, grantedMinor: 0, grantedPieces: 0 },
  };
  const granted: BudgetGranted = {
    ...{ type: 'BudgetGranted', eventId: 'x', source: 'elsewhere', occurredAt: 0 },
    ...{ campaign: CAMPAIGN, partition: 1, totalMinor: 5, totalPieces: 5 },
  };
  const told = (partition: number, event: BudgetEvent) => {
    const budgets: Budgets = { plans: new Map([[CAMPAIGN, planOf({ pieces: 10 })]]), peaks: {}, hasPool: true };
    const context = { partition, partitionCount: 4, nowMs: 0, budgets, tally: () => 0 };
    return stepBudget(event, { ...context, watermark: () => undefined, setting: () => undefined }, encode);
  };

  it.each([
    ['that asks a shard without the pool', 1, asked, 'budget-misplaced'],
    ['of a partition there is not', 0, { ...asked, partition: 4 }, 'budget-misplaced'],
    ['of a negative partition', 0, { ...asked, partition: -1 }, 'budget-misplaced'],
    ['that names less than nothing', 0, { ...asked, grantedPieces: -1 }, 'budget-amount'],
    ['of a campaign without a budget', 0, { ...asked, campaign: 'other' }, 'budget-unknown'],
    ['granted to another shard', 2, granted, 'budget-misplaced'],
    ['that grants less than nothing', 1, { ...granted, totalMinor: -5 }, 'budget-amount'],
    ['that grants of a campaign without a budget', 1, { ...granted, campaign: 'other' }, 'budget-unknown'],
  ])('%s is refused', (_, partition, event, code) => {
    expect(told(partition, event)).toEqual({ refused: { code, message: expect.any(String) } });
  });

  it('that grants less than was granted before changes nothing', () => {
    const effects = told(1, { ...granted, totalPieces: 0, totalMinor: 0 });
    expect(effects).toMatchObject({ outbox: [], outcome: 'budget-granted' });
    expect('tallies' in effects && effects.tallies?.every(({ by }) => by === 0)).toBe(true);
  });
});

/** What the shards may spend in all by the policies in force in them; what is over its limit already spends nothing more. */
function limitsOf(world: Shards, unit: 'minor' | 'pieces'): number {
  return world.allowed()[unit];
}

function highest(unit: 'minor' | 'pieces', a: BudgetPlan['amounts'], b: BudgetPlan['amounts']): number {
  return Math.max(a[unit] ?? Number.POSITIVE_INFINITY, b[unit] ?? Number.POSITIVE_INFINITY);
}
