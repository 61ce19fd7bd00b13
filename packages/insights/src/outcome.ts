import type { CampaignPlan } from './campaign-plan.ts';
import { type Cell, dayAfter } from './cell.ts';
import type { Moments } from './mean-difference.ts';
import type { Cohort } from './share-difference.ts';

/** An outcome at a fixed horizon after enrolment. */
export interface Measure {
  /** As in the cells, such as `retained_60d`. */
  readonly kpi: string;
  readonly kind: 'share' | 'amount';
  readonly horizonDays: number;
  /** 1 where more is better, −1 where less is. */
  readonly direction: 1 | -1;
  /** Of whom it is counted: of all who were enrolled, or of those of them who said something. */
  readonly of: 'enrolled' | 'rated';
}

/** What a goal is measured by; undefined for one without a horizon, which nothing is counted of. */
export function measureOf(goalKpi: string): Measure | undefined {
  const kpi = countedName(goalKpi);
  const days = /_(\d+)d$/.exec(kpi)?.[1];
  if (days === undefined) return undefined;
  return {
    kpi,
    kind: kpi.startsWith('revenue_') ? 'amount' : 'share',
    horizonDays: Number(days),
    direction: kpi.startsWith('churned_') ? -1 : 1,
    of: kpi.startsWith('satisfied_') ? 'rated' : 'enrolled',
  };
}

/**
 * Revenue per customer is ARPU; an activation is counted whatever was activated, since the campaign says it. Satisfaction is the
 * share of satisfied customers among those who rated, after 30 days where the goal names none.
 */
function countedName(goalKpi: string): string {
  return goalKpi
    .replace(/^arpu_/, 'revenue_')
    .replace(/^.+_(activated_\d+d)$/, '$1')
    .replace(/^satisfaction(_\d+d)?$/, (_, days = '_30d') => `satisfied${days}`);
}

/** A horizon is looked at two days after it passed, for what is told late; a day more for the timers of a shard that was away. */
export const GRACE_DAYS = 3;

/** Whole cohorts enrolled before this day have their outcomes. */
export function maturedBefore({ horizonDays }: Measure, asOf: string): string {
  return dayAfter(asOf, -horizonDays - GRACE_DAYS);
}

/** Which cells belong to a side of a comparison. */
export type Side = (cell: Cell) => boolean;

export interface NamedSide {
  readonly name: string;
  readonly side: Side;
}

export function sidesOf({ controlArm }: CampaignPlan): { readonly treated: NamedSide; readonly control: NamedSide } {
  return { treated: armSide('treated'), control: armSide(controlArm) };
}

function armSide(name: string): NamedSide {
  return { name, side: ({ arm }) => arm === name };
}

export function variantSide(id: string): Side {
  return ({ arm, variant }) => arm === 'treated' && variant === id;
}

const NOTHING: Moments = { n: 0, sum: 0, squares: 0 };

/** Outcomes of one side by day of enrolment. */
export function outcomesByDay(cells: readonly Cell[], { kpi }: Measure, side: Side): ReadonlyMap<string, Moments> {
  const days = new Map<string, Moments>();
  for (const cell of cells) {
    const part = partOf(cell.what, kpi);
    if (part === undefined || !side(cell)) continue;
    const day = days.get(cell.day) ?? NOTHING;
    days.set(cell.day, { ...day, [part]: day[part] + cell.value });
  }
  return days;
}

const PARTS: Readonly<Record<string, keyof Moments>> = { n: 'n', sum: 'sum', sq: 'squares' };

function partOf(what: string, kpi: string): keyof Moments | undefined {
  return what.startsWith(`${kpi}.`) ? PARTS[what.slice(kpi.length + 1)] : undefined;
}

export function totalOf(days: ReadonlyMap<string, Moments>): Moments {
  return [...days.values()].reduce(
    (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum, squares: a.squares + b.squares }),
    NOTHING,
  );
}

/** A cohort with fewer of an arm is joined with the next day's: an arm that is missing leaves the other nothing to tell. */
const LEAST_IN_ARM = 10;

/**
 * Days in order, joined until both arms have enough. Joining looks at numbers of customers only, never at what became of them,
 * so it can be known beforehand. What is left over at the end waits: a cohort that was looked at before it was whole would no longer
 * be a fair bet.
 */
export function cohortsOf(
  treated: ReadonlyMap<string, Moments>,
  control: ReadonlyMap<string, Moments>,
): readonly Cohort[] {
  const cohorts: Cohort[] = [];
  let open: Cohort = { treated: NOTHING, control: NOTHING };
  for (const day of [...new Set([...treated.keys(), ...control.keys()])].sort()) {
    open = {
      treated: joined(open.treated, treated.get(day) ?? NOTHING),
      control: joined(open.control, control.get(day) ?? NOTHING),
    };
    if (Math.min(open.treated.n, open.control.n) < LEAST_IN_ARM) continue;
    cohorts.push(open);
    open = { treated: NOTHING, control: NOTHING };
  }
  return cohorts;
}

function joined(a: Cohort['treated'], b: Cohort['treated']): Cohort['treated'] {
  return { n: a.n + b.n, sum: a.sum + b.sum };
}
