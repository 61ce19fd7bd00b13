import type { CampaignPlan } from './campaign-plan.ts';
import { ALPHA, type CampaignReport, type GoalReport, reportOf } from './campaign-report.ts';
import { type Cell, type DayRange, wholeRange } from './cell.ts';
import type { Rates, Ratio } from './funnel.ts';
import { shareDifferenceInterval } from './share-difference.ts';
import { type Suggestion, suggestionsFor } from './suggestions.ts';

/** A month (`2026-11`) against the one before, campaign by campaign. */
export interface MonthComparison {
  readonly month: string;
  readonly before: string;
  /** Day of the look. */
  readonly asOf: string;
  readonly campaigns: readonly CampaignMonths[];
}

export interface CampaignMonths {
  readonly plan: CampaignPlan;
  readonly month: CampaignReport;
  readonly before: CampaignReport;
  readonly changes: readonly Change[];
  /** Of everybody enrolled up to the end of the month whose horizon has passed: a month alone is too young for it. */
  readonly goal: GoalReport;
  readonly suggestions: readonly Suggestion[];
}

export interface Change {
  readonly figure: keyof Rates;
  readonly month: Ratio;
  readonly before: Ratio;
  /** Of a share: whether the months differ by more than chance, with the confidence of reports; null of money, which has no such test here. */
  readonly verdict: 'up' | 'down' | 'undecided' | null;
}

export interface CampaignCells {
  readonly plan: CampaignPlan;
  readonly cells: readonly Cell[];
}

export function compareMonths(campaigns: readonly CampaignCells[], month: string, asOf: string): MonthComparison {
  const before = monthBefore(month);
  return { month, before, asOf, campaigns: campaigns.map((each) => monthsOf(each, { month, before, asOf })) };
}

function monthsOf({ plan, cells }: CampaignCells, look: Omit<MonthComparison, 'campaigns'>): CampaignMonths {
  const { asOf } = look;
  const month = reportOf(cells, plan, { range: daysOfMonth(look.month), asOf });
  const before = reportOf(cells, plan, { range: daysOfMonth(look.before), asOf });
  const toDate = reportOf(cells, plan, { range: { ...wholeRange(cells, asOf), to: daysOfMonth(look.month).to }, asOf });
  return {
    plan,
    month,
    before,
    changes: changesOf(month.rates, before.rates),
    goal: toDate.goal,
    suggestions: suggestionsFor({ month, before, toDate }),
  };
}

const SHARES: readonly (keyof Rates)[] = ['contactRate', 'successRate', 'takeUp'];
const MONEY: readonly (keyof Rates)[] = ['costPerContactMinor', 'costPerAcceptanceMinor'];

function changesOf(month: Rates, before: Rates): readonly Change[] {
  return [
    ...SHARES.map((figure) => ({ ...pair(figure), verdict: shareChange(month[figure], before[figure]) })),
    ...MONEY.map((figure) => ({ ...pair(figure), verdict: null })),
  ];

  function pair(figure: keyof Rates) {
    return { figure, month: month[figure], before: before[figure] };
  }
}

/** What happened in a month may belong to contacts of the one before: more than all is no share. */
function shareChange(month: Ratio, before: Ratio): 'up' | 'down' | 'undecided' {
  const [treated, control] = [month, before].map(({ numerator, denominator }) => ({ n: denominator, sum: numerator }));
  if (!treated || !control || treated.sum > treated.n || control.sum > control.n) return 'undecided';
  const { lower, upper } = shareDifferenceInterval([{ treated, control }], ALPHA);
  if (lower > 0) return 'up';
  return upper < 0 ? 'down' : 'undecided';
}

/** `2026-11` → the days from its first to the first of the next. */
export function daysOfMonth(month: string): DayRange {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const first = (monthIndex: number) => new Date(Date.UTC(year, monthIndex, 1)).toISOString().slice(0, 10);
  return { from: first(number - 1), to: first(number) };
}

export function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 2, 1)).toISOString().slice(0, 7);
}
