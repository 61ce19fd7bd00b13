import { type Cell, type DayRange, daysIn, inRange, sumOf, sumsBy } from './cell.ts';

/** A share with what it is made of. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
  /** What they count, for whoever reads the figure. */
  readonly of: string;
  /** Null where the denominator is 0. */
  readonly value: number | null;
}

/** What became of contacts: each counted on the day it happened. */
export const CONTACT_STAGES = [
  'contact',
  'sent',
  'delivered',
  'seen',
  'presented',
  'accepted',
  'rejected',
  'deferred',
  'fulfilled',
  'failed',
  'expired',
  'refused',
  'unknown',
  'cancelled',
  'no_answer',
  'wrong_person',
] as const;

export type ContactStage = (typeof CONTACT_STAGES)[number];
export type StageCounts = Readonly<Record<ContactStage, number>>;

/** What people did with the contacts that were theirs to make: each counted on the day it happened, once for a contact. */
export const DESK_COUNTS = [
  'opened',
  'claimed',
  'finished',
  'in_time',
  'late',
  'escalated',
  'reopened',
  'expired',
  'withdrawn',
] as const;

export type DeskCounts = Readonly<Record<(typeof DESK_COUNTS)[number], number>>;

export interface Funnel {
  /** Customers by arm, on the day they were enrolled. */
  readonly enrolled: { readonly treated: number; readonly control: number; readonly holdout: number };
  readonly decisions: { readonly control: number; readonly holdout: number; readonly noAction: number };
  readonly suppressed: Readonly<Record<string, number>>;
  readonly stages: StageCounts;
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** What customers did that is put down to a contact, such as a plan changed. */
  readonly converted: Readonly<Record<string, number>>;
  readonly desk: DeskCounts;
  readonly costMinor: number;
}

export interface Rates {
  /** Reached of decided: `delivered ÷ contact`. */
  readonly contactRate: Ratio;
  /** Won of reached: `accepted ÷ delivered`. */
  readonly successRate: Ratio;
  /** Won of those meant: `accepted ÷ enrolled as treated`. */
  readonly takeUp: Ratio;
  readonly costPerContactMinor: Ratio;
  readonly costPerAcceptanceMinor: Ratio;
}

export interface ChannelLoad {
  readonly channel: string;
  readonly stages: StageCounts;
  readonly costMinor: number;
  /** Contacts ÷ days of the range. */
  readonly perDay: Ratio;
  readonly busiest: { readonly day: string; readonly contacts: number } | null;
}

export interface OfferResult {
  readonly offer: string;
  readonly stages: StageCounts;
  readonly rejectedBy: Readonly<Record<string, number>>;
}

/** Cells of a shadow tell what would have been; they are no part of any funnel. */
export function isCarriedOut({ arm }: Cell): boolean {
  return arm !== 'shadow';
}

export function funnelOf(cells: readonly Cell[]): Funnel {
  const count = (what: string) => sumOf(cells, (cell) => cell.what === what);
  const enrolled = (arm: string) => sumOf(cells, (cell) => cell.what === 'enrolled' && cell.arm === arm);
  return {
    enrolled: { treated: enrolled('treated'), control: enrolled('control'), holdout: enrolled('holdout') },
    decisions: { control: count('control'), holdout: count('holdout'), noAction: count('no_action') },
    suppressed: detailsOf(cells, 'suppressed:'),
    stages: stagesOf(cells),
    rejectedBy: detailsOf(cells, 'rejected:'),
    converted: detailsOf(cells, 'converted:'),
    desk: deskOf(cells),
    costMinor: count('cost'),
  };
}

export function ratesOf({ enrolled, stages, costMinor }: Funnel): Rates {
  return {
    contactRate: ratio(stages.delivered, stages.contact, 'delivered of contacts decided'),
    successRate: ratio(stages.accepted, stages.delivered, 'accepted of delivered'),
    takeUp: ratio(stages.accepted, enrolled.treated, 'accepted of customers enrolled as treated'),
    costPerContactMinor: ratio(costMinor, stages.contact, 'cost over contacts decided'),
    costPerAcceptanceMinor: ratio(costMinor, stages.accepted, 'cost over acceptances'),
  };
}

export function channelLoads(cells: readonly Cell[], range: DayRange): readonly ChannelLoad[] {
  return split(inRange(cells, range), ({ channel }) => channel).map(([channel, own]) => {
    const stages = stagesOf(own);
    const days = sumsBy(own, ({ what, day }) => (what === 'contact' ? day : undefined));
    return {
      channel,
      stages,
      costMinor: sumOf(own, ({ what }) => what === 'cost'),
      perDay: ratio(stages.contact, daysIn(range), 'contacts decided over days'),
      busiest: busiestOf(days),
    };
  });
}

export function offerResults(cells: readonly Cell[]): readonly OfferResult[] {
  return split(cells, ({ offer }) => offer)
    .map(([offer, own]) => ({ offer, stages: stagesOf(own), rejectedBy: detailsOf(own, 'rejected:') }))
    .filter(({ stages }) => stages.contact > 0);
}

export function ratio(numerator: number, denominator: number, of: string): Ratio {
  return { numerator, denominator, of, value: denominator === 0 ? null : numerator / denominator };
}

function stagesOf(cells: readonly Cell[]): StageCounts {
  const sums = sumsBy(cells, ({ what }) => what);
  return Object.fromEntries(CONTACT_STAGES.map((stage) => [stage, sums.get(stage) ?? 0])) as StageCounts;
}

function deskOf(cells: readonly Cell[]): DeskCounts {
  const sums = detailsOf(cells, 'work:');
  return Object.fromEntries(DESK_COUNTS.map((what) => [what, sums[what] ?? 0])) as DeskCounts;
}

/** By what follows the prefix, the most frequent first. */
export function detailsOf(cells: readonly Cell[], prefix: string): Readonly<Record<string, number>> {
  const sums = sumsBy(cells, ({ what }) => (what.startsWith(prefix) ? what.slice(prefix.length) : undefined));
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a));
}

function busiestOf(days: ReadonlyMap<string, number>): ChannelLoad['busiest'] {
  let busiest: ChannelLoad['busiest'] = null;
  for (const [day, contacts] of days) if (contacts > (busiest?.contacts ?? 0)) busiest = { day, contacts };
  return busiest;
}

function split(
  cells: readonly Cell[],
  nameOf: (cell: Cell) => string,
): readonly (readonly [string, readonly Cell[]])[] {
  const parts = Map.groupBy(cells, nameOf);
  parts.delete('');
  return [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
}
