import { type Cell, type DayRange, inRange } from './cell.ts';
import type { Interval } from './interval.ts';
import { customersToShowMean, type Moments, meanDifferenceInterval, meanOf, standardError } from './mean-difference.ts';
import { cohortsOf, type Measure, maturedBefore, type NamedSide, outcomesByDay, totalOf } from './outcome.ts';
import { customersToShow, shareDifferenceInterval } from './share-difference.ts';

/** Two sides by one outcome. Differences are treated minus control, shares as 0…1, amounts in minor units. */
export interface Comparison {
  readonly treated: string;
  readonly control: string;
  readonly measure: Measure;
  /** Customers enrolled in the range whose horizon has passed, and what became of them. */
  readonly treatedTotal: Moments;
  readonly controlTotal: Moments;
  /** Null where a side has nobody. */
  readonly difference: number | null;
  /** Difference ÷ control's mean; null where that is 0. */
  readonly relative: number | null;
  /** Of the difference, from n, Σx and Σx² of both sides; null where a side has fewer than two. */
  readonly standardError: number | null;
  /** Null where the sample cannot say anything yet. */
  readonly interval: Interval | null;
  readonly confidence: number;
  readonly verdict: Verdict;
}

export type Verdict = 'effective' | 'harmful' | 'undecided';

export interface ComparisonSides {
  readonly treated: NamedSide;
  readonly control: NamedSide;
}

export interface ComparisonRequest {
  readonly measure: Measure;
  readonly range: DayRange;
  /** Day of the look, UTC. */
  readonly asOf: string;
  /** Chance at most that the interval ever misses the true difference. */
  readonly alpha: number;
}

export function compareSides(cells: readonly Cell[], sides: ComparisonSides, request: ComparisonRequest): Comparison {
  const { measure, range, asOf, alpha } = request;
  const matured = maturedBefore(measure, asOf);
  const counted = inRange(cells, range).filter(({ day }) => day < matured);
  const treated = outcomesByDay(counted, measure, sides.treated.side);
  const control = outcomesByDay(counted, measure, sides.control.side);
  const [treatedTotal, controlTotal] = [totalOf(treated), totalOf(control)];
  const interval = intervalOf({ treated, control }, measure, alpha);
  return {
    treated: sides.treated.name,
    control: sides.control.name,
    measure,
    treatedTotal,
    controlTotal,
    ...differenceOf(treatedTotal, controlTotal),
    standardError: Math.min(treatedTotal.n, controlTotal.n) < 2 ? null : standardError(treatedTotal, controlTotal),
    interval,
    confidence: 1 - alpha,
    verdict: verdictOf(interval, measure),
  };
}

function differenceOf(treated: Moments, control: Moments): Pick<Comparison, 'difference' | 'relative'> {
  if (treated.n === 0 || control.n === 0) return { difference: null, relative: null };
  const difference = meanOf(treated) - meanOf(control);
  return { difference, relative: control.sum === 0 ? null : difference / meanOf(control) };
}

type Days = ReadonlyMap<string, Moments>;

function intervalOf(
  { treated, control }: { treated: Days; control: Days },
  measure: Measure,
  alpha: number,
): Interval | null {
  const [all, others] = [totalOf(treated), totalOf(control)];
  if (measure.kind === 'amount') return meanDifferenceInterval(all, others, alpha) ?? null;
  const cohorts = cohortsOf(treated, control);
  if (cohorts.length === 0) return null;
  // Never beside the difference that is shown, which weighs days otherwise where the arms' shares changed.
  const shown = meanOf(all) - meanOf(others);
  const { lower, upper } = shareDifferenceInterval(cohorts, alpha);
  return { lower: Math.min(lower, shown), upper: Math.max(upper, shown) };
}

function verdictOf(interval: Interval | null, { direction }: Measure): Verdict {
  if (interval === null || (interval.lower <= 0 && interval.upper >= 0)) return 'undecided';
  return interval.lower > 0 === direction > 0 ? 'effective' : 'harmful';
}

/** The goal as a difference of the measure: of shares as stated, of amounts as a part of the control's mean. */
export function targetDifference({ measure, controlTotal }: Comparison, target: number): number | null {
  if (measure.kind === 'share') return target * measure.direction;
  return controlTotal.n === 0 ? null : target * meanOf(controlTotal) * measure.direction;
}

/**
 * Enrolled customers, those compared among them, with whom a true difference of that size shows in about 80 of 100 campaigns.
 * Null where nothing is known of the share without the campaign.
 */
export function customersWanted(
  comparison: Comparison,
  difference: number,
  { controlShare, baseline }: { readonly controlShare: number; readonly baseline?: number | undefined },
): number | null {
  const { measure, treatedTotal, controlTotal, confidence } = comparison;
  const alpha = 1 - confidence;
  if (controlShare <= 0 || controlShare >= 1) return null;
  if (measure.kind === 'amount') {
    if (Math.min(treatedTotal.n, controlTotal.n) < 2) return null;
    return customersToShowMean(difference, { treated: treatedTotal, control: controlTotal, alpha }) ?? null;
  }
  const share = controlTotal.n > 0 ? meanOf(controlTotal) : baseline;
  // A share of exactly 0 or 1 is one that a few customers happened to have.
  if (share === undefined || share <= 0 || share >= 1) return null;
  return customersToShow(difference, { baseline: share, controlShare, alpha });
}
