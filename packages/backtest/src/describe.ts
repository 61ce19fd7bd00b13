import type {
  BacktestReport,
  CampaignOutcome,
  Difference,
  PolicyOutcome,
  SampleDecision,
  TriggerOutcome,
} from './report.ts';
import { tableOf } from './table.ts';

const DAY_MS = 86_400_000;

/** The report in lines, for people. */
export function describeBacktest(report: BacktestReport): string {
  const { policy, against, difference, samples } = report;
  const days = (Date.parse(report.to) - Date.parse(report.from)) / DAY_MS;
  return [
    headOf(report),
    outcomeOf(against ? 'policy' : '', policy, days),
    ...(against ? [outcomeOf('against', against, days)] : []),
    ...(difference ? [differenceOf(difference, policy.currency)] : []),
    ...(samples.length > 0 ? [`samples\n${samples.map(sampleOf).join('')}`] : []),
  ].join('\n');
}

function headOf({ from, to, events, warmUpEvents, customers }: BacktestReport): string {
  return `backtest from ${from} to ${to}\n${n(events)} events of ${n(customers)} customers; ${n(warmUpEvents)} before it fill the features\n`;
}

function outcomeOf(title: string, outcome: PolicyOutcome, days: number): string {
  const { version, asIfLive, decisions, customersDecidedOn, contacts, customersContacted, costMinor } = outcome;
  const raised = asIfLive.length > 0 ? `, as if live: ${asIfLive.join(', ')}` : '';
  const lines = [
    `${title}${title ? ' ' : 'policy '}${version.slice(0, 19)}${raised}`,
    `${n(decisions)} decisions on ${n(customersDecidedOn)} customers; ${n(contacts)} contacts with ${n(customersContacted)}, ${money(costMinor, outcome.currency)}`,
    '',
    tableOf(
      ['trigger', 'fired', 'customers', 'contacts', 'control', 'per day', 'busiest day', 'nothing, because'],
      outcome.triggers.map((trigger) => triggerRow(trigger, days)),
    ),
    tableOf(
      ['campaign', 'contacts', 'customers', 'control', 'holdout', 'cost', 'budget', 'not made, because'],
      outcome.campaigns.map((campaign) => campaignRow(campaign, outcome.currency)),
    ),
    overlapsOf(outcome),
    leftOut('set aside', outcome.deadLetters),
    leftOut('late, by source', outcome.late),
  ];
  return lines.filter((line, i) => line !== '' || i === 2).join('\n');
}

function triggerRow(outcome: TriggerOutcome, days: number): string[] {
  const { trigger, fired, customers, contacts, control } = outcome;
  const row = [trigger, n(fired), n(customers), n(contacts), n(control), (fired / days).toFixed(1)];
  return [...row, busiest(outcome.days), reasons(outcome.suppressed)];
}

function campaignRow(campaign: CampaignOutcome, currency: string): string[] {
  const { contacts, customers, control, holdout, costMinor, budgetMinor, suppressed } = campaign;
  const budget = budgetMinor === null ? '–' : `${money(budgetMinor, currency)} (${share(costMinor, budgetMinor)})`;
  const row = [campaign.campaign, n(contacts), n(customers), n(control), n(holdout), money(costMinor, currency)];
  return [...row, budget, reasons(suppressed)];
}

function overlapsOf({ overlaps }: PolicyOutcome): string {
  if (overlaps.length === 0) return '';
  return tableOf(
    ['both would contact', 'customers'],
    overlaps.map(({ campaigns, customers }) => [campaigns.join(' and '), n(customers)]),
  );
}

function leftOut(what: string, counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([name, count]) => `${name} ${n(count)}`);
  return entries.length > 0 ? `${what}: ${entries.join(', ')}\n` : '';
}

function differenceOf({ triggers, campaigns, costMinor, customers }: Difference, currency: string): string {
  const { both, onlyPolicy, onlyAgainst } = customers;
  return [
    `difference: ${money(costMinor, currency, 'exceptZero')}; contacted under both ${n(both)}, only the policy ${n(onlyPolicy)}, only against ${n(onlyAgainst)}`,
    '',
    tableOf(
      ['trigger', 'fired', 'contacts'],
      triggers.map(({ trigger, fired, contacts }) => [trigger, signed(fired), signed(contacts)]),
    ),
    tableOf(
      ['campaign', 'contacts', 'cost', 'both', 'only policy', 'only against'],
      campaigns.map((each) => [
        each.campaign,
        signed(each.contacts),
        money(each.costMinor, currency, 'exceptZero'),
        n(each.customers.both),
        n(each.customers.onlyPolicy),
        n(each.customers.onlyAgainst),
      ]),
    ),
  ].join('\n');
}

function sampleOf(sample: SampleDecision): string {
  const who = sample.customer === null ? '' : ` ${sample.customer}`;
  const what =
    sample.suppressedBy === '' ? `${sample.campaign}: ${sample.offer} by ${sample.channel}` : sample.suppressedBy;
  const evidence = sample.evidence.map(({ condition, truth, values }) => {
    const read = Object.entries(values).map(([name, value]) => `${name} ${value}`);
    return `    ${truth === 'true' ? '' : `${truth}: `}${condition}${read.length > 0 ? `  [${read.join(', ')}]` : ''}\n`;
  });
  const lost = sample.candidates.filter(({ lostBecause }) => lostBecause !== '');
  const others = lost.map(
    ({ campaign, offer, lostBecause }) => `${campaign ? `${campaign}: ` : ''}${offer} ${lostBecause}`,
  );
  const rest = others.length > 0 ? `    others: ${others.join('; ')}\n` : '';
  return `  ${sample.decidedAt}  ${sample.trigger}${who} → ${sample.outcome}, ${what}\n${evidence.join('')}${rest}`;
}

function reasons(suppressed: Readonly<Record<string, { readonly times: number }>>): string {
  return Object.entries(suppressed)
    .sort(([a, x], [b, y]) => y.times - x.times || (a < b ? -1 : 1))
    .map(([reason, { times }]) => `${reason} ${n(times)}`)
    .join(', ');
}

function busiest(days: Readonly<Record<string, number>>): string {
  const [day, count] = Object.entries(days).reduce(([a, x], [b, y]) => (y > x ? [b, y] : [a, x]), ['–', 0]);
  return count === 0 ? '–' : `${day} (${n(count)})`;
}

function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((part / whole) * 100)} %` : '–';
}

function money(minor: number, currency: string, sign: 'auto' | 'exceptZero' = 'auto'): string {
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    signDisplay: sign,
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const parts = format
    .formatToParts(minor / 10 ** digits)
    .filter(({ type }) => type !== 'currency' && type !== 'literal');
  return `${parts.map(({ value }) => value).join('')} ${currency}`;
}

function signed(number: number): string {
  return number > 0 ? `+${n(number)}` : n(number);
}

function n(number: number): string {
  return number.toLocaleString('en');
}
