import type { CampaignReport, GoalReport } from './campaign-report.ts';
import { dayAfter } from './cell.ts';
import type { Comparison } from './comparison.ts';
import type { Economics } from './economics.ts';
import {
  amount,
  amountBetween,
  count,
  countsText,
  decimal,
  NONE,
  percent,
  points,
  pointsBetween,
  shareText,
  tableLines,
} from './figure-text.ts';
import type { DeskCounts } from './funnel.ts';
import { type Moments, meanOf } from './mean-difference.ts';
import { ALARM_BELOW, type RatioCheck } from './ratio-alarm.ts';

/** The report in lines, for people: what is behind each figure, and what the sample cannot tell. */
export function describeReport(report: CampaignReport): string {
  const { plan, goal, economics } = report;
  const sections = [
    headLines(report),
    ...report.ratioChecks.filter(({ isAlarm }) => isAlarm).map(alarmLines),
    ['goal', ...goalLines(goal, plan)],
    ['funnel', ...funnelLines(report)],
    ['channels', ...channelLines(report)],
    ['money', ...moneyLines(report, economics)],
    comparisonSection('variants', report.variants, plan.currency),
    ['sample', ...sampleLines(report.ratioChecks)],
  ];
  return `${sections
    .filter((lines) => lines.length > 1)
    .map(([title, ...lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n')}\n`;
}

function headLines({ plan, range, asOf }: CampaignReport): readonly string[] {
  return [
    `campaign ${plan.id} (${plan.stage}), days ${range.from} to ${dayAfter(range.to, -1)}, as of ${asOf}`,
    `contacts and cost on the day they happened, outcomes of customers enrolled in these days; amounts in ${plan.currency}`,
  ];
}

function goalLines(goal: GoalReport, { goal: { kpi, target }, currency }: CampaignReport['plan']): readonly string[] {
  const { comparison } = goal;
  if (!comparison) return [`${kpi}: undecided: ${goal.because}`];
  const { measure } = comparison;
  const named = measure.kpi === kpi ? kpi : `${kpi}, measured as ${measure.kpi}`;
  return [
    target === undefined ? named : `${named}, target ${targetText(goal.target ?? target, comparison, target)}`,
    ...sideLines(comparison, currency),
    ...upliftLines(comparison, currency),
    `verdict   ${verdictText(goal)}`,
    ...(target === undefined ? [] : [`target    ${progressText(goal)}`]),
    ...neededLines(goal),
  ];
}

function targetText(difference: number, { measure, control }: Comparison, target: number): string {
  return measure.kind === 'share' ? points(difference) : `${percent(target, 'exceptZero')} of the mean of ${control}`;
}

function progressText({ progress, comparison }: GoalReport): string {
  switch (progress) {
    case 'reached':
      return 'reached: the whole interval is at or beyond it';
    case 'missed':
      return 'missed: the whole interval falls short of it';
    case 'open':
      return comparison?.interval ? 'undecided: it lies within the interval' : 'undecided';
  }
}

function verdictText({ verdict, because }: GoalReport): string {
  if (verdict === 'undecided') return `undecided: ${because}`;
  return `${verdict}: the interval does not hold 0`;
}

function neededLines({ verdict, customersWanted, customersMissing }: GoalReport): readonly string[] {
  if (verdict !== 'undecided' || customersWanted === null || customersMissing === null) return [];
  const size = `a difference as large as the target shows with ${count(customersWanted)} customers in 80 of 100 campaigns`;
  if (customersMissing > 0) return [`needed    ${count(customersMissing)} more past the horizon: ${size}`];
  return [`needed    none for the target: ${size}; what is there is probably smaller`];
}

/** Both sides with what their figure is made of. */
function sideLines(
  { measure, treated, control, treatedTotal, controlTotal }: Comparison,
  currency: string,
): readonly string[] {
  const sides = [[treated, treatedTotal] as const, [control, controlTotal] as const];
  const width = Math.max(...sides.map(([name]) => name.length), 8);
  return sides.map(
    ([name, total]) =>
      `${name.padEnd(width)}  ${measure.kind === 'share' ? sumShare(total) : meanText(total, currency)}`,
  );
}

function sumShare({ n, sum }: Moments): string {
  return shareText({ numerator: sum, denominator: n, of: '', value: n === 0 ? null : sum / n });
}

function meanText(total: Moments, currency: string): string {
  const mean = total.n === 0 ? NONE : amount(meanOf(total), currency);
  return `${amount(total.sum, currency)} over ${count(total.n)} (${mean} each)`;
}

function upliftLines(comparison: Comparison, currency: string): readonly string[] {
  if (comparison.difference === null) return [];
  return [`uplift    ${upliftText(comparison, currency)}`];
}

/** The difference with its interval; alone it is not shown. */
function upliftText({ measure, difference, relative, interval, confidence }: Comparison, currency: string): string {
  if (difference === null || interval === null) return 'undecided: too few to compare';
  const isShare = measure.kind === 'share';
  const shown = isShare ? points(difference) : `${amount(difference, currency, 'exceptZero')} ${currency}`;
  const between = isShare ? pointsBetween(interval) : amountBetween(interval, currency);
  const against = relative === null ? '' : `, relative ${percent(relative, 'exceptZero')}`;
  return `${shown}${against}; always-valid ${+(confidence * 100).toFixed(2)} % interval ${between}`;
}

function alarmLines({ of, allocation, pValue }: RatioCheck): readonly string[] {
  const counted = allocation.map(({ arm, n, share }) => `${arm} ${count(n)} where ${percent(share)} was due`);
  return [
    `ALARM: ${of} are not shared out as the policy says`,
    `${counted.join(', ')}; p ${pValue.toExponential(1)}, alarm below ${ALARM_BELOW}`,
    'do not read the differences before it is explained: a share that was changed in these days, or a lost arm',
  ];
}

function funnelLines({ funnel, rates }: CampaignReport): readonly string[] {
  const { enrolled, decisions, stages, suppressed, rejectedBy, converted, desk } = funnel;
  const rejected = Object.keys(rejectedBy).length === 0 ? '' : `: ${countsText(rejectedBy)}`;
  const held = countsText(suppressed);
  const attributed = countsText(converted);
  return [
    `enrolled      treated ${count(enrolled.treated)}, control ${count(enrolled.control)}, universal holdout ${count(enrolled.holdout)}`,
    `contacts      ${count(stages.contact)} decided; control ${count(decisions.control)}, holdout ${count(decisions.holdout)}, no action ${count(decisions.noAction)}`,
    ...(held === '' ? [] : [`kept back     ${held}`]),
    `on the way    sent ${count(stages.sent)}, delivered ${count(stages.delivered)}, seen ${count(stages.seen)}, presented ${count(stages.presented)}`,
    `answered      accepted ${count(stages.accepted)}, rejected ${count(stages.rejected)}${rejected}, deferred ${count(stages.deferred)}, fulfilled ${count(stages.fulfilled)}`,
    ...(stages.no_answer + stages.wrong_person === 0
      ? []
      : [`not reached   no answer ${count(stages.no_answer)}, wrong person ${count(stages.wrong_person)}`]),
    ...(attributed === '' ? [] : [`converted     ${attributed}, put down to a contact`]),
    `came to none  failed ${count(stages.failed)}, expired ${count(stages.expired)}, refused ${count(stages.refused)}, cancelled ${count(stages.cancelled)}, unknown ${count(stages.unknown)}`,
    ...(desk.opened + desk.finished === 0 ? [] : [deskLine(desk)]),
    `contact rate  ${shareText(rates.contactRate)} ${rates.contactRate.of}`,
    `success rate  ${shareText(rates.successRate)} ${rates.successRate.of}`,
    `take-up       ${shareText(rates.takeUp)} ${rates.takeUp.of}`,
  ];
}

function deskLine(desk: DeskCounts): string {
  const { opened, claimed, finished, in_time, late, escalated, reopened, expired, withdrawn } = desk;
  const done = `finished ${count(finished)} (in time ${count(in_time)}, late ${count(late)})`;
  const undone = `escalated ${count(escalated)}, reopened ${count(reopened)}, expired ${count(expired)}, withdrawn ${count(withdrawn)}`;
  return `desk          items ${count(opened)}, claimed ${count(claimed)}, ${done}, ${undone}`;
}

function channelLines({ channels, plan }: CampaignReport): readonly string[] {
  if (channels.length === 0) return [];
  const head = ['channel', 'contacts', 'per day', 'delivered', 'accepted', 'failed', 'expired', 'cost', 'busiest day'];
  const rows = channels.map(({ channel, stages, perDay, busiest, costMinor }) => [
    channel,
    count(stages.contact),
    perDay.value === null ? NONE : decimal(perDay.value),
    ...[stages.delivered, stages.accepted, stages.failed, stages.expired].map(count),
    amount(costMinor, plan.currency),
    busiest === null ? NONE : `${busiest.day} (${count(busiest.contacts)})`,
  ]);
  return tableLines([head, ...rows]);
}

function moneyLines({ funnel, rates, plan }: CampaignReport, economics: Economics): readonly string[] {
  const { currency, budget } = plan;
  const over = (value: number | null, made: string) => `${value === null ? NONE : amount(value, currency)}, ${made}`;
  const { costPerContactMinor: contact, costPerAcceptanceMinor: acceptance } = rates;
  const cost = amount(funnel.costMinor, currency);
  const of = budget?.amountMinor === undefined ? '' : ` of a budget of ${amount(budget.amountMinor, currency)}`;
  return [
    `cost          ${cost}${of}`,
    `per contact   ${over(contact.value, `over ${count(contact.denominator)} contacts decided`)}`,
    `per accepted  ${over(acceptance.value, `over ${count(acceptance.denominator)} acceptances`)}`,
    `per save      ${saveText(economics, currency)}`,
    ...economics.revenue.map(
      (comparison) => `${comparison.measure.kpi.padEnd(12)}  ${revenueText(comparison, currency)}`,
    ),
    `return        ${returnText(economics)}`,
  ];
}

function saveText({ costPerSaveMinor: save, costPerTreatedMinor: treated }: Economics, currency: string): string {
  if (save === null) return 'undecided: no difference of the goal to divide by';
  const from = `cost per treated ${amount(treated.value ?? 0, currency)} over the uplift`;
  if (save.upper === null) return `undecided, ${amount(save.lower, currency)} or more: ${from}, which may be 0`;
  return `${amount(save.value, currency)}, between ${amount(save.lower, currency)} and ${amount(save.upper, currency)}: ${from}`;
}

function revenueText(comparison: Comparison, currency: string): string {
  const { treatedTotal, controlTotal, interval, verdict, standardError } = comparison;
  const sides = `treated ${meanText(treatedTotal, currency)}, control ${meanText(controlTotal, currency)}`;
  if (interval === null) return `${sides}; uplift ${upliftText(comparison, currency)}`;
  const error = `standard error ${amount(standardError ?? 0, currency)}`;
  return `${sides}; uplift ${upliftText(comparison, currency)}, ${error}${verdict === 'undecided' ? ': undecided' : ''}`;
}

function returnText({ returnOnCost, costPerTreatedMinor }: Economics): string {
  if (returnOnCost === null) return 'undecided: no revenue uplift with an interval, or no cost';
  const { value, interval, horizonDays, verdict } = returnOnCost;
  const between = `${percent(interval.lower, 'exceptZero')} and ${percent(interval.upper, 'exceptZero')}`;
  const made = `(revenue uplift after ${horizonDays} days − cost) ÷ cost per treated, of ${count(costPerTreatedMinor.denominator)}`;
  return `${verdict}: ${percent(value, 'exceptZero')}, between ${between}; ${made}`;
}

function comparisonSection(title: string, comparisons: readonly Comparison[], currency: string): readonly string[] {
  return [title, ...comparisons.flatMap((each) => comparisonLines(each, currency))];
}

function comparisonLines(comparison: Comparison, currency: string): readonly string[] {
  const { treated, control, verdict, measure } = comparison;
  const lines = [...sideLines(comparison, currency), ...upliftLines(comparison, currency)];
  return [`${treated} against ${control}, ${measure.kpi}: ${verdict}`, ...lines.map((line) => `  ${line}`)];
}

function sampleLines(checks: readonly RatioCheck[]): readonly string[] {
  return checks.map(({ of, allocation, pValue, isAlarm }) => {
    const counted = allocation.map(({ arm, n, share }) => `${arm} ${count(n)} (due ${percent(share)})`).join(', ');
    return `${of}: ${counted}; p ${pValue < 0.001 ? pValue.toExponential(1) : pValue.toFixed(3)}, ${isAlarm ? 'ALARM' : 'as it should be'}`;
  });
}
