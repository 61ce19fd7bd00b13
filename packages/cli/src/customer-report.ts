import type { DecisionMade } from '@holdfast/events';
import type { CustomerView } from '@holdfast/telecom';
import { printable } from './dead-letter-report.ts';

/** All that is kept of a customer. */
export interface CustomerReport extends CustomerView {
  readonly partition: number;
  /** Newest first. */
  readonly decisions: readonly DecisionMade[];
  /** Why records of the history could not be read. */
  readonly unreadable: readonly string[];
}

/** For people: one section each, what is not known is said to be. */
export function describeCustomer(report: CustomerReport): string {
  const { asOfMs, lastEventAt, timers } = report;
  const wall = timers.wallMs === undefined ? [] : [`  by the clock      ${isoOf(timers.wallMs)}`];
  const silence = timers.eventTime
    ? [`  silence           ${isoOf(timers.eventTime.dueMs)} of ${timers.eventTime.feed}`]
    : [];
  return printableLines([
    `${report.customerId}   shard ${report.partition}, ${report.stateBytes} bytes, as of ${isoOf(asOfMs)}`,
    `last event ${isoOf(lastEventAt)}, time zone ${report.timeZone}`,
    ...section('attributes', tableLines(report.attributes)),
    ...section('features', tableLines(report.features)),
    ...section('lines', report.lines.map(lineText)),
    ...section(
      'consents',
      report.consents.map(({ key, isOn, at }) => `  ${key} ${isOn ? 'granted' : 'withdrawn'} ${isoOf(at)}`),
    ),
    ...section(
      'exclusions',
      report.exclusions.map(({ key, isOn, at }) => `  ${key} ${isOn ? 'on' : 'off'} ${isoOf(at)}`),
    ),
    ...section('timers', [...wall, ...silence]),
    ...section('contacts', report.contacts.map(contactText)),
    ...section('decisions, newest first', report.decisions.flatMap(decisionLines)),
    ...section(
      'records of the history that cannot be read',
      report.unreadable.map((why) => `  ${why}`),
    ),
  ]);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function tableLines(table: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(table).map(([name, value]) => `  ${name.padEnd(24)} ${valueText(value)}`);
}

function valueText(value: unknown): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value);
}

function lineText({ subscriptionId, product, plan, dataAllowanceMb, status }: CustomerReport['lines'][number]): string {
  const allowance = dataAllowanceMb < 0 ? 'allowance unknown' : `${dataAllowanceMb} MB`;
  return `  ${subscriptionId}  ${product || 'product unknown'}  ${plan || 'plan unknown'}  ${allowance}  ${status}`;
}

function contactText({
  sendAt,
  trigger,
  offer,
  channel,
  status,
  contactId,
}: CustomerReport['contacts'][number]): string {
  return `  ${isoOf(sendAt)}  ${trigger} → ${offer}  ${channel}  ${status}  ${contactId}`;
}

function decisionLines(decision: DecisionMade): readonly string[] {
  const { decidedAt, trigger, outcome, offer, channel, suppressedBy, evidence, candidates } = decision;
  const result =
    outcome === 'contact' ? `${offer} by ${channel}` : `${outcome} (${suppressedBy || 'nothing stood out'})`;
  const said = decision.reason[decision.language] ?? Object.values(decision.reason)[0] ?? '';
  return [
    `  ${isoOf(decidedAt)}  ${trigger} → ${result}   arm ${decision.arm}, policy ${decision.policyVersion.slice(0, 19)}`,
    ...(said === '' ? [] : [`    ${said}`]),
    ...evidence.map(({ condition, truth, values }) => `    because  ${condition} is ${truth}${pairs(values)}`),
    ...candidates.map(candidateText),
  ];
}

function candidateText({ campaign, offer, channel, score, lostBecause }: DecisionMade['candidates'][number]): string {
  const where = channel === '' ? '' : ` by ${channel}`;
  const fate = lostBecause === '' ? 'won' : `lost: ${lostBecause}`;
  return `    ${fate.padEnd(24)} ${offer}${where}${campaign === '' ? '' : ` of ${campaign}`}, worth ${valueText(score / 100)}`;
}

function pairs(values: Readonly<Record<string, string>>): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

function isoOf(ms: number | null): string {
  return ms === null ? 'never' : new Date(ms).toISOString();
}

function printableLines(lines: readonly string[]): string {
  return `${lines.map(printable).join('\n')}\n`;
}
