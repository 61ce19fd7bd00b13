import type { DecisionMade } from '@holdfast/events';
import type { Campaign, CompiledPolicy } from '@holdfast/policy';
import { cellName, idsOf } from './cells.ts';
import type { Observation, Window } from './observation.ts';
import type { PartitionResult } from './partition-run.ts';
import { drawOf, type SampleOptions } from './sample.ts';
import { sumTotals, type Totals } from './tally.ts';

/** What a policy would have done. Times are ISO 8601, amounts minor units of `currency`. Equal runs give equal reports. */
export interface BacktestReport {
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly warmUpEvents: number;
  readonly customers: number;
  readonly policy: PolicyOutcome;
  /** Of the policy it is held against. */
  readonly against: PolicyOutcome | null;
  readonly difference: Difference | null;
  readonly samples: readonly SampleDecision[];
}

export interface PolicyOutcome {
  readonly version: string;
  /** Campaigns counted as if they were live. */
  readonly asIfLive: readonly string[];
  readonly currency: string;
  readonly decisions: number;
  readonly customersDecidedOn: number;
  readonly contacts: number;
  readonly customersContacted: number;
  readonly costMinor: number;
  readonly triggers: readonly TriggerOutcome[];
  readonly campaigns: readonly CampaignOutcome[];
  /** Customers whom both campaigns would contact. */
  readonly overlaps: readonly { readonly campaigns: readonly [string, string]; readonly customers: number }[];
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly late: Readonly<Record<string, number>>;
}

export interface TriggerOutcome {
  readonly trigger: string;
  readonly fired: number;
  readonly customers: number;
  readonly contacts: number;
  readonly control: number;
  /** Why nothing followed: how often, of how many customers. */
  readonly suppressed: Readonly<Record<string, Count>>;
  /** Firings by UTC day. */
  readonly days: Readonly<Record<string, number>>;
}

export interface CampaignOutcome {
  readonly campaign: string;
  readonly stage: string;
  readonly contacts: number;
  readonly customers: number;
  readonly control: number;
  readonly holdout: number;
  readonly offers: Readonly<Record<string, number>>;
  readonly days: Readonly<Record<string, number>>;
  readonly costMinor: number;
  /** Null where the policy states none. */
  readonly budgetMinor: number | null;
  /** Why none of its offers could be made. */
  readonly suppressed: Readonly<Record<string, Count>>;
}

export interface Count {
  readonly times: number;
  readonly customers: number;
}

export interface Difference {
  readonly triggers: readonly { readonly trigger: string; readonly fired: number; readonly contacts: number }[];
  readonly campaigns: readonly CampaignDifference[];
  readonly costMinor: number;
  readonly customers: Sides;
}

export interface CampaignDifference {
  readonly campaign: string;
  readonly contacts: number;
  readonly costMinor: number;
  readonly customers: Sides;
}

/** Customers contacted under one policy or both. */
export interface Sides {
  readonly both: number;
  readonly onlyPolicy: number;
  readonly onlyAgainst: number;
}

/** A decision to look at. Customer and occasion are named only where that is asked for. */
export interface SampleDecision
  extends Pick<
    DecisionMade,
    'trigger' | 'outcome' | 'suppressedBy' | 'campaign' | 'offer' | 'channel' | 'evidence' | 'candidates'
  > {
  readonly customer: string | null;
  /** It may name a line. */
  readonly occasion: string | null;
  readonly decidedAt: string;
  readonly sendAt: string | null;
}

export interface ReportRequest {
  readonly window: Window;
  readonly policies: readonly CompiledPolicy[];
  readonly asIfLive: readonly string[];
  readonly sample: SampleOptions;
  /** Name the customers of samples. */
  readonly isPersonal: boolean;
}

/** One report of the results of all partitions. */
export function reportOf(results: readonly PartitionResult[], request: ReportRequest): BacktestReport {
  const total = (of: (result: PartitionResult) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const outcomes = request.policies.map((policy, index) =>
    outcomeOf(policy, sumTotals(results.flatMap(({ observations }) => observations[index]?.totals ?? [])), request),
  );
  const [ours, theirs] = outcomes;
  if (!ours) throw new Error('a report is of at least one policy');
  const drawn = results.flatMap(({ observations }) => observations[0]?.samples ?? []);
  return {
    from: isoOf(request.window.fromMs),
    to: isoOf(request.window.toMs),
    events: total(({ events }) => events),
    warmUpEvents: total(({ warmUpEvents }) => warmUpEvents),
    customers: total(({ customers }) => customers),
    policy: ours,
    against: theirs ?? null,
    difference: theirs ? differenceOf(ours, theirs, sumTotals(results.map(({ comparison }) => comparison))) : null,
    samples: drawOf(drawn, request.sample).map((decision) => sampleOf(decision, request.isPersonal)),
  };
}

export type { Observation };

function outcomeOf(policy: CompiledPolicy, { counts, customers }: Totals, request: ReportRequest): PolicyOutcome {
  const campaigns = [...policy.campaigns.values()]
    .filter(({ stage }) => stage === 'live')
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((campaign) => campaignOf(campaign, { counts, customers }));
  const all = cellName('decisions', 'all');
  return {
    version: policy.version,
    asIfLive: request.asIfLive.filter((id) => policy.campaigns.has(id)),
    currency: policy.currency,
    decisions: counts[all] ?? 0,
    customersDecidedOn: customers[all] ?? 0,
    contacts: sum(campaigns, ({ contacts }) => contacts),
    customersContacted: customers[cellName('contacted', '')] ?? 0,
    costMinor: sum(campaigns, ({ costMinor }) => costMinor),
    triggers: [...policy.triggers.keys()].sort().map((trigger) => triggerOf(trigger, { counts, customers })),
    campaigns,
    overlaps: idsOf(customers, 'overlap')
      .map(([a = '', b = '']) => ({
        campaigns: [a, b] as const,
        customers: customers[cellName('overlap', a, b)] ?? 0,
      }))
      .filter(
        ({ campaigns: pair }) => request.asIfLive.length === 0 || pair.some((id) => request.asIfLive.includes(id)),
      ),
    deadLetters: byId(counts, 'dead-letter'),
    late: byId(counts, 'late'),
  };
}

function triggerOf(trigger: string, { counts, customers }: Totals): TriggerOutcome {
  const fired = cellName('trigger', trigger, 'fired');
  return {
    trigger,
    fired: counts[fired] ?? 0,
    customers: customers[fired] ?? 0,
    contacts: counts[cellName('trigger', trigger, 'contact')] ?? 0,
    control: counts[cellName('trigger', trigger, 'control')] ?? 0,
    suppressed: countsBy({ counts, customers }, 'suppressed', trigger),
    days: byId(counts, 'trigger-day', trigger),
  };
}

function campaignOf(campaign: Campaign, { counts, customers }: Totals): CampaignOutcome {
  const { id, stage } = campaign;
  const of = (what: string) => cellName('campaign', id, what);
  return {
    campaign: id,
    stage,
    contacts: counts[of('contact')] ?? 0,
    customers: customers[of('contact')] ?? 0,
    control: counts[of('control')] ?? 0,
    holdout: counts[of('holdout')] ?? 0,
    offers: byId(counts, 'offer', id),
    days: byId(counts, 'campaign-day', id),
    costMinor: counts[cellName('cost', id)] ?? 0,
    budgetMinor: campaign.budget?.amountMinor ?? null,
    suppressed: countsBy({ counts, customers }, 'lost', id),
  };
}

function countsBy({ counts, customers }: Totals, kind: 'suppressed' | 'lost', id: string): Record<string, Count> {
  return Object.fromEntries(
    idsOf(counts, kind, id).map(([reason = '']) => {
      const name = cellName(kind, id, reason);
      return [reason, { times: counts[name] ?? 0, customers: customers[name] ?? 0 }];
    }),
  );
}

function byId(
  counts: Readonly<Record<string, number>>,
  kind: Parameters<typeof cellName>[0],
  ...first: readonly string[]
): Record<string, number> {
  return Object.fromEntries(
    idsOf(counts, kind, ...first).map((ids) => [ids.join('|'), counts[cellName(kind, ...first, ...ids)] ?? 0]),
  );
}

function differenceOf(ours: PolicyOutcome, theirs: PolicyOutcome, { customers }: Totals): Difference {
  const sides = (campaign: string): Sides => {
    const of = (side: string) => customers[cellName('contacted', campaign, side)] ?? 0;
    return { both: of('both'), onlyPolicy: of('ours'), onlyAgainst: of('theirs') };
  };
  const names = <T>(of: (outcome: PolicyOutcome) => readonly T[], name: (item: T) => string) =>
    [...new Set([...of(ours), ...of(theirs)].map(name))].sort();
  const triggerIn = ({ triggers }: PolicyOutcome, id: string) => triggers.find(({ trigger }) => trigger === id);
  const campaignIn = ({ campaigns }: PolicyOutcome, id: string) => campaigns.find(({ campaign }) => campaign === id);
  return {
    triggers: names(
      ({ triggers }) => triggers,
      ({ trigger }) => trigger,
    ).map((trigger) => {
      const [a, b] = [triggerIn(ours, trigger), triggerIn(theirs, trigger)];
      return {
        trigger,
        fired: (a?.fired ?? 0) - (b?.fired ?? 0),
        contacts: (a?.contacts ?? 0) - (b?.contacts ?? 0),
      };
    }),
    campaigns: names(
      ({ campaigns }) => campaigns,
      ({ campaign }) => campaign,
    ).map((campaign) => {
      const [a, b] = [campaignIn(ours, campaign), campaignIn(theirs, campaign)];
      return {
        campaign,
        contacts: (a?.contacts ?? 0) - (b?.contacts ?? 0),
        costMinor: (a?.costMinor ?? 0) - (b?.costMinor ?? 0),
        customers: sides(campaign),
      };
    }),
    costMinor: ours.costMinor - theirs.costMinor,
    customers: sides(''),
  };
}

function sampleOf(decision: DecisionMade, isPersonal: boolean): SampleDecision {
  const { trigger, occasion, outcome, suppressedBy, campaign, offer, channel, evidence, candidates } = decision;
  return {
    customer: isPersonal ? decision.customerId : null,
    trigger,
    occasion: isPersonal ? occasion : null,
    decidedAt: isoOf(decision.decidedAt),
    outcome,
    suppressedBy,
    campaign,
    offer,
    channel,
    sendAt: decision.sendAt === null ? null : isoOf(decision.sendAt),
    evidence,
    candidates,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
