import type { CampaignPlan, Cell } from '../src/index.ts';

export const PLAN: CampaignPlan = {
  id: 'save_desk',
  kind: 'marketing',
  stage: 'live',
  goal: { kpi: 'retained_30d', target: 0.05 },
  controlArm: 'control',
  holdout: 0.1,
  variants: [],
  currency: 'CNY',
};

/** Cells of one day from `what` to value; the other parts as given. */
export function cellsOf(counts: Readonly<Record<string, number>>, parts: Partial<Cell> = {}): readonly Cell[] {
  return Object.entries(counts).map(([what, value]) => ({
    day: '2026-01-10',
    offer: '',
    arm: 'treated',
    variant: '',
    channel: '',
    ...parts,
    what,
    value,
  }));
}

/** Enrolment and an outcome of it: how many of n did so. */
export function outcome(kpi: string, n: number, sum: number, parts: Partial<Cell> = {}): readonly Cell[] {
  return cellsOf({ enrolled: n, [`${kpi}.n`]: n, [`${kpi}.sum`]: sum, [`${kpi}.sq`]: sum }, parts);
}
