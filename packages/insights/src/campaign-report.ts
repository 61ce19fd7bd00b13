import type { CampaignPlan } from './campaign-plan.ts';
import { type Cell, type DayRange, inRange } from './cell.ts';
import { type Comparison, compareSides, customersWanted, targetDifference, type Verdict } from './comparison.ts';
import { type Economics, economicsOf } from './economics.ts';
import {
  type ChannelLoad,
  channelLoads,
  type Funnel,
  funnelOf,
  isCarriedOut,
  type OfferResult,
  offerResults,
  type Rates,
  ratesOf,
} from './funnel.ts';
import { type Measure, maturedBefore, measureOf, sidesOf, variantSide } from './outcome.ts';
import { checkRatio, type RatioCheck } from './ratio-alarm.ts';

/** What a campaign brought. Every figure carries what it is made of; null is what the sample or the policy cannot tell. */
export interface CampaignReport {
  readonly plan: CampaignPlan;
  readonly range: DayRange;
  /** Day of the look: outcomes are those of cohorts that had passed their horizon by then. */
  readonly asOf: string;
  readonly funnel: Funnel;
  readonly rates: Rates;
  readonly channels: readonly ChannelLoad[];
  readonly offers: readonly OfferResult[];
  readonly goal: GoalReport;
  /** Against the control, or where there is none against the first variant; the confidence is that of all together. */
  readonly variants: readonly Comparison[];
  readonly economics: Economics;
  readonly ratioChecks: readonly RatioCheck[];
}

export interface GoalReport {
  /** Null where nothing is counted at a horizon that could show it. */
  readonly comparison: Comparison | null;
  readonly verdict: Verdict;
  /** Why it is undecided; '' otherwise. */
  readonly because: string;
  /** The target as a difference of the measure. */
  readonly target: number | null;
  readonly progress: 'reached' | 'missed' | 'open';
  /** Enrolled customers with whom a difference as large as the target would show in about 80 of 100 campaigns. */
  readonly customersWanted: number | null;
  /** Those of them still to be enrolled and to pass the horizon. */
  readonly customersMissing: number | null;
}

export interface ReportRequest {
  readonly range: DayRange;
  readonly asOf: string;
}

/** An interval may miss the truth in so many of all campaigns. */
export const ALPHA = 0.05;

export function reportOf(cells: readonly Cell[], plan: CampaignPlan, { range, asOf }: ReportRequest): CampaignReport {
  const counted = inRange(cells, range).filter(isCarriedOut);
  const measure = measureOf(plan.goal.kpi);
  const funnel = funnelOf(counted);
  const compare = measure === undefined ? undefined : { measure, range, asOf, alpha: ALPHA };
  const comparison = compare && compareSides(counted, sidesOf(plan), compare);
  return {
    plan,
    range,
    asOf,
    funnel,
    rates: ratesOf(funnel),
    channels: channelLoads(counted, range),
    offers: offerResults(counted),
    goal: goalOf(comparison, plan, asOf),
    variants: compare ? variantsOf(counted, plan, compare) : [],
    economics: economicsOf(counted, { sides: sidesOf(plan), range, asOf, alpha: ALPHA }, comparison),
    ratioChecks: ratioChecksOf(counted, plan, funnel),
  };
}

function goalOf(comparison: Comparison | undefined, plan: CampaignPlan, asOf: string): GoalReport {
  if (!comparison) {
    const because = `${plan.goal.kpi} is no outcome at a horizon, such as retained_60d: nothing is counted of it`;
    const nothing = { target: null, progress: 'open', customersWanted: null, customersMissing: null } as const;
    return { comparison: null, verdict: 'undecided', because, ...nothing };
  }
  const target = plan.goal.target === undefined ? null : targetDifference(comparison, plan.goal.target);
  const { treatedTotal, controlTotal } = comparison;
  const compared = { controlShare: controlShareOf(comparison, plan), baseline: plan.goal.baseline };
  const wanted = target === null ? null : customersWanted(comparison, target, compared);
  const missing = wanted === null ? null : Math.max(0, wanted - treatedTotal.n - controlTotal.n);
  return {
    comparison,
    verdict: comparison.verdict,
    because: comparison.verdict === 'undecided' ? whyUndecided(comparison, plan, asOf) : '',
    target,
    progress: progressOf(comparison, target),
    customersWanted: wanted,
    customersMissing: missing,
  };
}

function controlShareOf({ treatedTotal, controlTotal }: Comparison, { holdout }: CampaignPlan): number {
  const n = treatedTotal.n + controlTotal.n;
  return controlTotal.n === 0 ? holdout : controlTotal.n / n;
}

function whyUndecided(
  { measure, treatedTotal, controlTotal, interval }: Comparison,
  plan: CampaignPlan,
  asOf: string,
): string {
  if (treatedTotal.n === 0 && controlTotal.n === 0) {
    const soonest = maturedBefore(measure, asOf);
    return `nobody enrolled before ${soonest} has an outcome: ${measure.kpi} takes ${measure.horizonDays} days`;
  }
  if (controlTotal.n === 0) {
    return plan.holdout === 0
      ? 'there is no control group: its holdout is 0'
      : 'nobody of the control arm has an outcome yet';
  }
  if (treatedTotal.n === 0) return 'nobody treated has an outcome yet';
  if (interval === null) return `${controlTotal.n} of the control are too few to compare`;
  return 'the interval holds 0';
}

function progressOf({ interval, measure }: Comparison, target: number | null): GoalReport['progress'] {
  if (interval === null || target === null) return 'open';
  const [least, most] = measure.direction > 0 ? [interval.lower, interval.upper] : [-interval.upper, -interval.lower];
  if (least >= Math.abs(target)) return 'reached';
  return most < Math.abs(target) ? 'missed' : 'open';
}

/** Of k comparisons each may miss in α/k of all campaigns, all together in α (Bonferroni). */
function variantsOf(
  cells: readonly Cell[],
  plan: CampaignPlan,
  request: { readonly measure: Measure; readonly range: DayRange; readonly asOf: string },
): readonly Comparison[] {
  const [first, ...others] = plan.variants.map(({ id }) => ({ name: id, side: variantSide(id) }));
  if (!first) return [];
  const pairs =
    plan.holdout > 0
      ? [first, ...others].map((treated) => ({ treated, control: sidesOf(plan).control }))
      : others.map((treated) => ({ treated, control: first }));
  return pairs.map((sides) => compareSides(cells, sides, { ...request, alpha: ALPHA / pairs.length }));
}

/** Whether customers were shared out as the policy says. Shares that changed within the range raise it, rightly: it mixes two experiments. */
function ratioChecksOf(cells: readonly Cell[], plan: CampaignPlan, { enrolled }: Funnel): readonly RatioCheck[] {
  const { holdout, controlArm, variants } = plan;
  const checks: RatioCheck[] = [];
  const kept = enrolled[controlArm];
  if (holdout > 0 || kept > 0) {
    checks.push(
      checkRatio('arms', [
        { arm: 'treated', n: enrolled.treated, share: 1 - holdout },
        { arm: controlArm, n: kept, share: holdout },
      ]),
    );
  }
  if (variants.length > 0) {
    const counted = ({ id, share }: CampaignPlan['variants'][number]) => ({
      arm: id,
      n: funnelOf(cells.filter(variantSide(id))).enrolled.treated,
      share,
    });
    checks.push(checkRatio('variants', variants.map(counted)));
  }
  return checks;
}
