import type { Comparison } from './comparison.ts';
import { amount, count, NONE, percent, points, pointsBetween, tableLines } from './figure-text.ts';
import type { Rates, Ratio } from './funnel.ts';
import type { CampaignMonths, Change, MonthComparison } from './months.ts';

/** The comparison in lines, for people. */
export function describeMonths({ month, before, asOf, campaigns }: MonthComparison): string {
  const head = [
    `campaigns in ${month} against ${before}, as of ${asOf}`,
    '  counts and rates on the day they happened; the goal of everybody whose horizon has passed',
  ];
  return `${[head, ...campaigns.map(campaignLines)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function campaignLines(campaign: CampaignMonths): readonly string[] {
  const { plan, month, before, changes, suggestions } = campaign;
  const counts = [
    ['enrolled as treated', month.funnel.enrolled.treated, before.funnel.enrolled.treated],
    ['enrolled as control', month.funnel.enrolled.control, before.funnel.enrolled.control],
    ['contacts', month.funnel.stages.contact, before.funnel.stages.contact],
    ['accepted', month.funnel.stages.accepted, before.funnel.stages.accepted],
  ] as const;
  const rows = [
    ['', 'this month', 'the one before', 'difference'],
    ...counts.map(([name, now, then]) => [name, count(now), count(then), signed(now - then)]),
    ...changes.map((change) => changeRow(change, plan.currency)),
  ];
  return [
    `${plan.id} (${plan.stage})`,
    ...tableLines(rows).map((line) => `  ${line}`),
    `  goal  ${goalText(campaign)}`,
    ...suggestions.map(({ text }) => `  →  ${text}`),
  ];
}

const NAMES: Readonly<Record<keyof Rates, string>> = {
  contactRate: 'contact rate',
  successRate: 'success rate',
  takeUp: 'take-up',
  costPerContactMinor: 'cost per contact',
  costPerAcceptanceMinor: 'cost per acceptance',
};

function changeRow({ figure, month, before, verdict }: Change, currency: string): string[] {
  const isMoney = verdict === null;
  const text = isMoney ? (ratio: Ratio) => moneyText(ratio, currency) : shareOf;
  return [NAMES[figure], text(month), text(before), differenceText({ figure, month, before, verdict }, currency)];
}

function differenceText({ month, before, verdict }: Change, currency: string): string {
  if (month.value === null || before.value === null) return NONE;
  const difference = month.value - before.value;
  if (verdict === null) return `${amount(difference, currency, 'exceptZero')} ${currency}`;
  return verdict === 'undecided' ? 'undecided' : `${verdict} ${points(difference)}`;
}

function shareOf({ numerator, denominator, value }: Ratio): string {
  return `${count(numerator)}/${count(denominator)} ${value === null ? NONE : percent(value)}`;
}

function moneyText({ numerator, denominator, value }: Ratio, currency: string): string {
  return `${amount(numerator, currency)}/${count(denominator)} ${value === null ? NONE : amount(value, currency)}`;
}

function goalText({ goal, plan }: CampaignMonths): string {
  const { comparison, verdict, because, progress, customersMissing } = goal;
  const target = `target of ${plan.goal.kpi} ${progress === 'open' ? 'undecided' : progress}`;
  if (!comparison || comparison.difference === null) return `undecided: ${because}; ${target}`;
  const needed = customersMissing ? `, ${count(customersMissing)} more customers for the target to show` : '';
  const why = verdict === 'undecided' ? `undecided: ${because}${needed}` : verdict;
  return `${why}; ${sidesText(comparison)}; ${target}`;
}

function sidesText({ measure, treatedTotal, controlTotal, interval }: Comparison): string {
  const of = ({ n, sum }: { n: number; sum: number }) => `${count(sum)}/${count(n)}`;
  const between = interval && measure.kind === 'share' ? `, interval ${pointsBetween(interval)}` : '';
  return `${measure.kpi} treated ${of(treatedTotal)}, control ${of(controlTotal)}${between}`;
}

function signed(number: number): string {
  return number > 0 ? `+${count(number)}` : count(number);
}
