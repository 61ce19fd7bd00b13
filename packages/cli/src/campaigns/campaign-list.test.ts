import type { CampaignPlan, Cell } from '@holdfast/insights';
import { expect, it } from 'vitest';
import { campaignLine, describeCampaigns } from './campaign-list.ts';

const PLAN: CampaignPlan = {
  id: 'keep',
  kind: 'marketing',
  stage: 'live',
  goal: { kpi: 'retained_30d', target: 0.05 },
  controlArm: 'control',
  holdout: 0.1,
  variants: [],
  currency: 'CNY',
};

function cells(arm: string, counts: Readonly<Record<string, number>>): readonly Cell[] {
  const where = { day: '2026-01-10', offer: '', arm, variant: '', channel: '' };
  return Object.entries(counts).map(([what, value]) => ({ ...where, what, value }));
}

const lineOf = (...counted: readonly Cell[]) => describeCampaigns([campaignLine(PLAN, counted, '2026-06-01')]);

it('a line says what was decided, or why not and how many customers that takes', () => {
  const treated = (stayed: number) =>
    cells('treated', { enrolled: 900, 'retained_30d.n': 900, 'retained_30d.sum': stayed });
  const control = cells('control', { enrolled: 100, 'retained_30d.n': 100, 'retained_30d.sum': 60 });
  expect(lineOf(...treated(810), ...control)).toMatch(/^keep +live +marketing +900 +100 .*retained_30d +effective$/m);
  expect(lineOf(...treated(560), ...control)).toMatch(
    /undecided: the interval holds 0; [\d,]+ more customers for the target to show$/m,
  );
});

it('a line warns of a sample that is not shared out as the policy says', () => {
  expect(lineOf(...cells('treated', { enrolled: 9_000 }), ...cells('control', { enrolled: 600 }))).toContain(
    'ALARM of the sample; undecided: nobody enrolled before 2026-04-29 has an outcome',
  );
});
