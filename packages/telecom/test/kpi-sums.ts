import type { Effects } from '@holdfast/engine';

/** What is in the KPI cells after these steps, by `campaign cell`; what came to 0 is left out. */
export function kpiSums(steps: readonly Pick<Effects, 'kpis'>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { campaign, cell, by } of steps.flatMap(({ kpis }) => kpis)) {
    const key = `${campaign} ${cell}`;
    sums.set(key, (sums.get(key) ?? 0) + by);
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}
