import type { KpiIncrement, StepContext } from '@holdfast/engine';
import type { CustomerState, Dealings, Enrolment, Facts } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { SQUARE_SCALE } from './kpi-cell.ts';
import { enrolmentKpi } from './kpis.ts';
import { hadActiveLine, hadLapsedLine } from './lines.ts';
import { type Rating, ratingsOf, wasSatisfied } from './ratings.ts';

const DAY_MS = 86_400_000;

/** Days after the enrolment at which it is looked at what became of a customer. */
export const HORIZON_DAYS = [30, 60, 90] as const;

/** A horizon is looked at so long after it passed: what happened before it and is told later still counts until then. */
export const HORIZON_GRACE_MS = 2 * DAY_MS;

/** What is looked at, of everybody enrolled, whatever the arm. */
const OUTCOMES = ['retained', 'churned', 'saved', 'accepted', 'activated', 'revenue', 'satisfied'] as const;

/** What a campaign's goal can be measured by: `retained_30d`, … `revenue_90d`. */
export const GOAL_KPIS: readonly string[] = OUTCOMES.flatMap((name) => HORIZON_DAYS.map((days) => `${name}_${days}d`));

/** An enrolment stored by a release that followed nobody has no offer: of that time too little is known. */
export function isFollowed({ offer, horizonsDone }: Enrolment): boolean {
  return offer !== '' && horizonsDone < (HORIZON_DAYS.at(-1) ?? 0);
}

/** When the next horizon of one of the enrolments is looked at, ms; undefined when none is left. */
export function nextHorizon({ enrolments }: Dealings): number | undefined {
  let first: number | undefined;
  for (const enrolment of enrolments) {
    const days = HORIZON_DAYS.find((horizon) => horizon > enrolment.horizonsDone);
    if (days === undefined || !isFollowed(enrolment)) continue;
    const dueMs = enrolment.at + days * DAY_MS + HORIZON_GRACE_MS;
    if (first === undefined || dueMs < first) first = dueMs;
  }
  return first;
}

/** Counts the horizons that have passed, each once, as of their time. */
export function answerHorizons(state: CustomerState, { nowMs }: StepContext, effects: EffectCollector): void {
  const dueMs = nextHorizon(state.dealings.read());
  if (dueMs === undefined || dueMs > nowMs) return;
  const known = { facts: state.facts.read(), ratings: ratingsOf(state) };
  for (const enrolment of state.dealings.change().enrolments) {
    if (!isFollowed(enrolment)) continue;
    for (const days of HORIZON_DAYS) {
      const isDue = enrolment.at + days * DAY_MS + HORIZON_GRACE_MS <= nowMs;
      if (days <= enrolment.horizonsDone || !isDue) continue;
      for (const kpi of horizonKpis(enrolment, days, known)) effects.count(kpi);
      enrolment.horizonsDone = days;
    }
  }
}

interface Known {
  readonly facts: Facts;
  readonly ratings: readonly Rating[];
}

function horizonKpis(enrolment: Enrolment, days: number, { facts, ratings }: Known): readonly KpiIncrement[] {
  const untilMs = enrolment.at + days * DAY_MS;
  const hasLeft = isBefore(enrolment.churnedAt, untilMs);
  const shares = {
    retained: !hasLeft && hadActiveLine(facts, untilMs),
    churned: hasLeft,
    saved: !hasLeft && !hadLapsedLine(facts, enrolment.at, untilMs),
    accepted: isBefore(enrolment.acceptedAt, untilMs),
    activated: isBefore(enrolment.activatedAt, untilMs),
  } satisfies Partial<Record<(typeof OUTCOMES)[number], boolean>>;
  const isSatisfied = wasSatisfied(ratings, enrolment.at, untilMs);
  return [
    ...Object.entries(shares).flatMap(([name, isTrue]) => moments(enrolment, `${name}_${days}d`, Number(isTrue))),
    ...moments(enrolment, `revenue_${days}d`, revenueUntil(enrolment, days), SQUARE_SCALE),
    // Of who rated nothing it is not known.
    ...(isSatisfied === undefined ? [] : moments(enrolment, `satisfied_${days}d`, Number(isSatisfied))),
  ];
}

/** n, Σx and Σx²; what is 0 is not written. */
function moments(enrolment: Enrolment, kpi: string, x: number, squareScale = 1): readonly KpiIncrement[] {
  const square = Math.round((x * x) / squareScale);
  return [
    enrolmentKpi(enrolment, `${kpi}.n`, 1),
    ...(x === 0 ? [] : [enrolmentKpi(enrolment, `${kpi}.sum`, x)]),
    ...(square === 0 ? [] : [enrolmentKpi(enrolment, `${kpi}.sq`, square)]),
  ];
}

/** A larger account counts as much as this: the sums of a day stay within exact integers, and no single one decides a test. */
export const MOST_REVENUE_MINOR = 100_000_000;

function revenueUntil({ revenueMinor }: Enrolment, days: number): number {
  const stretches = HORIZON_DAYS.filter((horizon) => horizon <= days).length;
  const total = revenueMinor.slice(0, stretches).reduce((sum, amount) => sum + amount, 0);
  return Math.min(MOST_REVENUE_MINOR, Math.max(-MOST_REVENUE_MINOR, total));
}

/** It happened, and before then. */
function isBefore(atMs: number, untilMs: number): boolean {
  return atMs > 0 && atMs < untilMs;
}
