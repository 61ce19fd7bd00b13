import { compareMonths, describeMonths, describeReport, reportOf } from '../src/index.ts';
import { seededRandom } from './random.ts';
import { EXAMPLE, simulateCells } from './simulated-campaign.ts';

/** What the README shows: the report of a simulated campaign, and two of its months. */
export function exampleText(): string {
  const { plan } = EXAMPLE;
  const cells = simulateCells(EXAMPLE, seededRandom(7));
  const report = reportOf(cells, plan, { range: { from: '2026-03-01', to: '2026-07-01' }, asOf: '2026-08-01' });
  const months = compareMonths([{ plan, cells }], '2026-06', '2026-08-01');
  return `${describeReport(report)}\n${describeMonths(months)}`;
}
