import { type Cell, sumOf } from './cell.ts';
import { type Comparison, type ComparisonRequest, type ComparisonSides, compareSides } from './comparison.ts';
import { type Ratio, ratio } from './funnel.ts';
import type { Interval } from './interval.ts';
import { measureOf } from './outcome.ts';

/** Money, in minor units of the policy's currency. Revenue is what the customer paid since enrolment, not margin. */
export interface Economics {
  /** Cost ÷ customers enrolled as treated. */
  readonly costPerTreatedMinor: Ratio;
  /**
   * What one customer costs who is there because of the campaign: cost per treated ÷ difference of the goal's share. Null where the
   * goal is no share of all who were enrolled, or nothing is known; its upper end is null where the difference may be 0.
   */
  readonly costPerSaveMinor: { readonly value: number; readonly lower: number; readonly upper: number | null } | null;
  /** At each horizon that somebody has passed. */
  readonly revenue: readonly Comparison[];
  /** (revenue uplift − cost) ÷ cost per treated customer, at the longest of these horizons with an interval. */
  readonly returnOnCost: ReturnOnCost | null;
}

export interface ReturnOnCost {
  readonly horizonDays: number;
  readonly value: number;
  readonly interval: Interval;
  readonly verdict: 'pays' | 'costs' | 'undecided';
}

const REVENUE_GOALS = ['revenue_30d', 'revenue_60d', 'revenue_90d'];

type Look = Omit<ComparisonRequest, 'measure'> & { readonly sides: ComparisonSides };

/** `goal`: the comparison by the goal, where there is one. */
export function economicsOf(cells: readonly Cell[], look: Look, goal: Comparison | undefined): Economics {
  const cost = sumOf(cells, ({ what }) => what === 'cost');
  const treated = sumOf(cells, ({ what, arm }) => what === 'enrolled' && arm === 'treated');
  const perTreated = ratio(cost, treated, 'cost over customers enrolled as treated');
  const revenue = REVENUE_GOALS.flatMap((kpi) => {
    const measure = measureOf(kpi);
    return measure ? [compareSides(cells, look.sides, { ...look, measure })] : [];
  }).filter(({ treatedTotal }) => treatedTotal.n > 0);
  return {
    costPerTreatedMinor: perTreated,
    costPerSaveMinor: goal ? costPerSave(goal, perTreated) : null,
    revenue,
    returnOnCost: returnOnCost(revenue, perTreated),
  };
}

function costPerSave({ measure, difference, interval }: Comparison, perTreated: Ratio): Economics['costPerSaveMinor'] {
  const { value: cost } = perTreated;
  if (measure.kind !== 'share' || measure.of !== 'enrolled') return null;
  if (cost === null || difference === null || interval === null) return null;
  const saved = difference * measure.direction;
  const [least, most] = measure.direction > 0 ? [interval.lower, interval.upper] : [-interval.upper, -interval.lower];
  if (saved <= 0) return null;
  return { value: cost / saved, lower: cost / most, upper: least > 0 ? cost / least : null };
}

function returnOnCost(revenue: readonly Comparison[], { value: cost }: Ratio): ReturnOnCost | null {
  const longest = revenue.findLast(({ interval }) => interval !== null);
  if (!longest?.interval || longest.difference === null || cost === null || cost === 0) return null;
  const of = (uplift: number) => (uplift - cost) / cost;
  const interval = { lower: of(longest.interval.lower), upper: of(longest.interval.upper) };
  const verdict = interval.lower > 0 ? 'pays' : interval.upper < 0 ? 'costs' : 'undecided';
  return { horizonDays: longest.measure.horizonDays, value: of(longest.difference), interval, verdict };
}
