import type { DecisionMade, Event } from '@holdfast/events';
import type { CustomerView } from '@holdfast/telecom';
import { printableLines } from './terminal-text.ts';

/** All that is kept of a customer. */
export interface CustomerReport extends CustomerView {
  readonly partition: number;
  /** Newest first. */
  readonly decisions: readonly DecisionMade[];
  /** What happened to him, newest first; uses are not among it. */
  readonly events: readonly Event[];
  /** Why records kept of him could not be read. */
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
    ...section('features', featureLines(report)),
    ...section('lines', report.lines.map(lineText)),
    ...section(
      'consents',
      report.consents.map(({ key, isOn, at }) => `  ${key} ${isOn ? 'granted' : 'withdrawn'} ${isoOf(at)}`),
    ),
    ...section(
      'exclusions',
      report.exclusions.map(({ key, isOn, at }) => `  ${key} ${isOn ? 'on' : 'off'} ${isoOf(at)}`),
    ),
    ...section('households', report.households.map(householdText)),
    ...section('timers', [...wall, ...silence]),
    ...section('contacts', report.contacts.map(contactText)),
    ...section('enrolments', report.enrolments.map(enrolmentText)),
    ...section('plans', report.plans.map(planText)),
    ...section('decisions, newest first', report.decisions.flatMap(decisionLines)),
    ...section('events, newest first', report.events.map(eventText)),
    ...section(
      'records that cannot be read',
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

/** A declared feature with since when it counts: whoever reads a number must know what it left out. */
function featureLines({ features, countedSince }: CustomerReport): readonly string[] {
  return Object.entries(features).map(([name, value]) => {
    const line = `  ${name.padEnd(24)} ${valueText(value)}`;
    if (!(name in countedSince)) return line;
    const since = countedSince[name] ?? null;
    return `${line.padEnd(40)} ${since === null ? 'not counted yet' : `counted since ${isoOf(since)}`}`;
  });
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

function householdText({ householdId, role, linkedAt, unlinkedAt }: CustomerReport['households'][number]): string {
  const since = linkedAt > 0 ? `as ${role || 'member'} since ${isoOf(linkedAt)}` : 'never linked';
  return `  ${householdId}  ${since}${unlinkedAt > 0 ? `, unlinked ${isoOf(unlinkedAt)}` : ''}`;
}

function enrolmentText({ at, campaign, arm, variant, contactCount }: CustomerReport['enrolments'][number]): string {
  const of = variant === '' ? arm : `${arm} (${variant})`;
  return `  ${isoOf(at)}  ${campaign}  ${of}  contacts ${contactCount}`;
}

function planText(plan: CustomerReport['plans'][number]): string {
  const { startedAt, campaign, trigger, offer, stepIndex, next, dueAt, endedAt, endReason } = plan;
  const then = endedAt > 0 ? `ended ${isoOf(endedAt)}: ${endReason}` : `next ${next} ${isoOf(dueAt)}`;
  return `  ${isoOf(startedAt)}  ${campaign}: ${trigger} → ${offer}  step ${stepIndex + 1}  ${then}`;
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
  const shadow =
    decision.stage === 'shadow' ? `   ${decision.campaign} in the shadow, would be ${decision.wouldBe}` : '';
  const said = decision.reason[decision.language] ?? Object.values(decision.reason)[0] ?? '';
  return [
    `  ${isoOf(decidedAt)}  ${trigger} → ${result}   arm ${decision.arm}, policy ${decision.policyVersion.slice(0, 19)}${shadow}`,
    ...(said === '' ? [] : [`    ${said}`]),
    ...evidence.map(({ condition, truth, values }) => `    because  ${condition} is ${truth}${pairs(values)}`),
    ...candidates.map(candidateText),
    ...(decision.candidatesLeftOut === 0 ? [] : [`    ${decision.candidatesLeftOut} more could not have won`]),
  ];
}

function eventText({ occurredAt, type, source }: Event): string {
  return `  ${isoOf(occurredAt)}  ${type} of ${source}`;
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
