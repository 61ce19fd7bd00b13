import type { BudgetAsked, BudgetGranted } from '@holdfast/events';
import type { Campaign, CampaignBudget, CompiledPolicy } from '@holdfast/policy';
import { type BudgetUnit, tallyNames } from './tally-names.ts';

/** A record of budgets in the wire format of the control topic. */
export type EncodeBudget = (record: BudgetAsked | BudgetGranted) => Buffer;

export const BUDGET_UNITS: readonly BudgetUnit[] = ['minor', 'pieces'];

export type Amounts = Readonly<Record<BudgetUnit, number>>;

/** The budget of a campaign; a unit without a bound is absent. */
export interface BudgetPlan {
  readonly amounts: Readonly<Partial<Record<BudgetUnit, number>>>;
  /** So much one contact may take: less is not worth granting. */
  readonly largest: Amounts;
}

/** Of campaigns that have one, by id. */
export type BudgetPlans = ReadonlyMap<string, BudgetPlan>;

/** The highest budget that each campaign ever had in a shard, by id. */
export type BudgetPeaks = Readonly<Record<string, BudgetPlan['amounts']>>;

export interface Budgets {
  readonly plans: BudgetPlans;
  readonly peaks: BudgetPeaks;
  /** Shards may ask the one of partition 0 for more. Where they may not, all of a budget is shared out from the start. */
  readonly hasPool: boolean;
}

/** What a shard knows of budgets. */
export interface BudgetBooks {
  readonly budgets: Budgets;
  readonly partition: number;
  readonly partitionCount: number;
  tally(name: string): number;
}

/**
 * How an amount is shared out. Half of it belongs to the shards from the start, in equal parts; the rest is the pool, of which
 * each is granted a chunk when it asks. So a shard that has little to do keeps little from the others. Of a higher amount
 * neither a share nor the pool is smaller: what was granted before it was raised can be there still.
 */
export interface Sharing {
  readonly share: number;
  readonly pool: number;
  /** Of the pool one shard has so much at the most. */
  readonly most: number;
  readonly chunk: number;
}

const WITHOUT_END: Amounts = { minor: Number.POSITIVE_INFINITY, pieces: Number.POSITIVE_INFINITY };

export function budgetPlansOf(policy: CompiledPolicy): BudgetPlans {
  const budgeted = [...policy.campaigns.values()].flatMap((campaign) => {
    const { budget } = campaign;
    return budget ? [[campaign.id, planOf(campaign, budget, policy)] as const] : [];
  });
  return new Map(budgeted);
}

function planOf({ offers }: Campaign, budget: CampaignBudget, policy: CompiledPolicy): BudgetPlan {
  const { amountMinor, pieces } = budget;
  const costs = offers.map((id) => costOf(id, policy));
  return {
    amounts: {
      ...(amountMinor === undefined ? {} : { minor: amountMinor }),
      ...(pieces === undefined ? {} : { pieces }),
    },
    largest: { minor: Math.max(1, ...costs), pieces: 1 },
  };
}

/** On the dearest of its channels. */
function costOf(offerId: string, { offers, channels }: CompiledPolicy): number {
  const offer = offers.get(offerId);
  if (!offer) return 0;
  return offer.costMinor + Math.max(0, ...offer.channels.map((id) => channels.get(id)?.costMinor ?? 0));
}

/** What the campaigns' budgets were at the highest once another policy is in force. All shards take policies in one order. */
export function peaksAfter(before: Pick<Budgets, 'plans' | 'peaks'>, plans: BudgetPlans): BudgetPeaks {
  const peaks: Record<string, BudgetPlan['amounts']> = { ...before.peaks };
  for (const known of [before.plans, plans]) {
    for (const [campaign, { amounts }] of known) peaks[campaign] = higher(peaks[campaign] ?? {}, amounts);
  }
  return peaks;
}

function higher(a: BudgetPlan['amounts'], b: BudgetPlan['amounts']): BudgetPlan['amounts'] {
  const units = BUDGET_UNITS.filter((unit) => a[unit] !== undefined || b[unit] !== undefined);
  return Object.fromEntries(units.map((unit) => [unit, Math.max(a[unit] ?? 0, b[unit] ?? 0)]));
}

/** Undefined where the campaign has no bound in this unit. */
export function sharingOf(campaign: string, unit: BudgetUnit, books: BudgetBooks): Sharing | undefined {
  const { budgets, partitionCount } = books;
  const plan = budgets.plans.get(campaign);
  const amount = plan?.amounts[unit];
  if (plan === undefined || amount === undefined) return undefined;
  if (!budgets.hasPool || partitionCount === 1) {
    return { share: partOf(amount, books), pool: 0, most: 0, chunk: 0 };
  }
  const pool = Math.ceil(amount / 2);
  // What was granted of a higher budget may be more than there is now, and nobody knows who has how much of it.
  const isLowered = amount < (budgets.peaks[campaign]?.[unit] ?? 0);
  return {
    share: partOf(amount - pool, books),
    pool,
    most: isLowered ? Math.floor(pool / partitionCount) : pool,
    chunk: Math.max(plan.largest[unit], Math.ceil(pool / (4 * partitionCount))),
  };
}

/** The first shards have one more of what does not divide evenly. */
function partOf(amount: number, { partition, partitionCount }: BudgetBooks): number {
  return Math.floor(amount / partitionCount) + (partition < amount % partitionCount ? 1 : 0);
}

/** What the shard may still spend; infinite where the campaign has no budget. Below 0 after one that was lowered. */
export function budgetLeft(campaign: string, books: BudgetBooks): Amounts {
  if (!books.budgets.plans.has(campaign)) return WITHOUT_END;
  return { minor: leftOf(campaign, 'minor', books), pieces: leftOf(campaign, 'pieces', books) };
}

function leftOf(campaign: string, unit: BudgetUnit, books: BudgetBooks): number {
  const sharing = sharingOf(campaign, unit, books);
  if (!sharing) return Number.POSITIVE_INFINITY;
  const granted = Math.min(books.tally(tallyNames.granted(campaign, unit)), sharing.most);
  const spent = books.tally(unit === 'minor' ? tallyNames.spent(campaign) : tallyNames.pieces(campaign));
  return sharing.share + granted - spent;
}

/** Whether little is left and the pool may have more: asked for early, it is there when it is needed. */
export function runsLow(campaign: string, books: BudgetBooks): boolean {
  return BUDGET_UNITS.some((unit) => {
    const sharing = sharingOf(campaign, unit, books);
    return (
      sharing !== undefined && mayHaveMore(campaign, unit, books) && leftOf(campaign, unit, books) < sharing.chunk / 2
    );
  });
}

/** Whether the shard was not granted all that it ever could be. */
export function mayHaveMore(campaign: string, unit: BudgetUnit, books: BudgetBooks): boolean {
  const sharing = sharingOf(campaign, unit, books);
  return sharing !== undefined && books.tally(tallyNames.granted(campaign, unit)) < sharing.most;
}
