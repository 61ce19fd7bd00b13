import { describe, expect, it } from 'vitest';
import { cohortsOf, maturedBefore, measureOf } from './outcome.ts';

describe('what a goal is measured by', () => {
  it.each([
    ['retained_60d', { kpi: 'retained_60d', kind: 'share', horizonDays: 60, direction: 1, of: 'enrolled' }],
    ['churned_30d', { kpi: 'churned_30d', kind: 'share', horizonDays: 30, direction: -1, of: 'enrolled' }],
    ['revenue_90d', { kpi: 'revenue_90d', kind: 'amount', horizonDays: 90, direction: 1, of: 'enrolled' }],
    ['arpu_30d', { kpi: 'revenue_30d', kind: 'amount', horizonDays: 30, direction: 1, of: 'enrolled' }],
    ['broadband_activated_30d', { kpi: 'activated_30d', kind: 'share', horizonDays: 30, direction: 1, of: 'enrolled' }],
    ['satisfaction', { kpi: 'satisfied_30d', kind: 'share', horizonDays: 30, direction: 1, of: 'rated' }],
    ['satisfaction_60d', { kpi: 'satisfied_60d', kind: 'share', horizonDays: 60, direction: 1, of: 'rated' }],
    ['satisfaction_of_staff', undefined],
  ])('%s', (kpi, measure) => {
    expect(measureOf(kpi)).toEqual(measure);
  });
});

it('a cohort counts once the last of it was looked at two days after the horizon, and a day more', () => {
  const measure = measureOf('retained_30d');
  // Who enrolled in the last second of 1 January passes 30 days in the last second of the 31st, and is looked at on 2 February.
  expect(measure && maturedBefore(measure, '2026-02-04')).toBe('2026-01-02');
});

describe('cohorts', () => {
  const days = (counts: Readonly<Record<string, number>>) =>
    new Map(Object.entries(counts).map(([day, n]) => [day, { n, sum: 1, squares: 1 }]));

  it('are days, joined until both arms have ten customers', () => {
    const treated = days({ '2026-01-01': 90, '2026-01-02': 80, '2026-01-03': 95, '2026-01-04': 70 });
    const control = days({ '2026-01-02': 7, '2026-01-03': 4, '2026-01-04': 12 });
    expect(cohortsOf(treated, control)).toEqual([
      { treated: { n: 265, sum: 3 }, control: { n: 11, sum: 2 } },
      { treated: { n: 70, sum: 1 }, control: { n: 12, sum: 1 } },
    ]);
  });

  it('leave out days at the end that are not enough yet', () => {
    const treated = days({ '2026-01-01': 20, '2026-01-02': 20 });
    const control = days({ '2026-01-01': 10, '2026-01-02': 9 });
    expect(cohortsOf(treated, control)).toHaveLength(1);
    expect(cohortsOf(treated, new Map())).toEqual([]);
  });
});
