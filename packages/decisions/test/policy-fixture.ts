import { createFeatureSet } from '@holdfast/features';
import {
  type Campaign,
  type CompiledPolicy,
  type CompiledTrigger,
  type Condition,
  DEFAULT_LEARNING,
  DEFAULT_WORK,
  NO_ACTION,
  NO_EXPLORATION,
  type Offer,
  type QuietRule,
  type Scope,
  type Truth,
  UNLIMITED,
} from '@holdfast/policy';
import { type CustomerDealings, NO_DEALINGS } from '../src/dealings.ts';
import type { CustomerFacts, DecisionBasis, DecisionRequest } from '../src/model.ts';
import { UNBOUNDED } from '../src/standing.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Monday noon, UTC. */
export const NOON = Date.UTC(2026, 1, 2, 12);

export const always = (truth: Truth): Condition => ({
  source: truth,
  features: [],
  evaluate: () => truth,
  explain: () => [{ condition: truth, truth, values: {} }],
});

export const TRIGGER: CompiledTrigger = {
  id: 'play',
  on: 'UsageRecorded',
  when: always('true'),
  latches: [],
  freshnessMs: HOUR_MS,
  occasion: 'month',
  reason: { en: 'because' },
};

/** Quiet on all days; from nine to nine unless told otherwise. */
export function quietNights(channels: readonly string[], startHour = 21, endHour = 9): QuietRule {
  const hours = { startMinute: startHour * 60, endMinute: endHour * 60 };
  return { channels, days: [1, 2, 3, 4, 5, 6, 7], holidays: 'any', ...hours, otherwise: 'defer' };
}

export function offer(id: string, fields: Partial<Offer> = {}): Offer {
  return {
    id,
    title: { en: id },
    category: 'retention',
    valueMinor: 1_000,
    costMinor: 100,
    currency: 'CNY',
    propensity: 0.5,
    validForMs: 72 * HOUR_MS,
    channels: ['call-centre'],
    eligible: always('true'),
    lever: 1,
    context: [],
    ...fields,
  };
}

export function campaign(id: string, offers: readonly string[], fields: Partial<Campaign> = {}): Campaign {
  return {
    id,
    owner: '',
    desk: '',
    team: '',
    driver: '',
    goal: { kpi: 'retained', target: 0 },
    triggers: [TRIGGER.id],
    offers: offers.filter((name) => name !== NO_ACTION),
    holdout: 0,
    stage: 'live',
    share: 1,
    lever: 1,
    steps: [],
    arms: [],
    reentry: { kind: 'always' },
    kind: 'marketing',
    ...fields,
  };
}

/** A policy of these offers in one marketing campaign, without limits or holdout unless given. */
export function policyOf(offers: readonly Offer[], fields: Partial<CompiledPolicy> = {}): CompiledPolicy {
  const campaigns = [
    ...(fields.campaigns?.values() ?? [
      campaign(
        'keep',
        offers.map(({ id }) => id),
      ),
    ]),
  ];
  return {
    version: 'sha256:test',
    features: createFeatureSet([]),
    derived: new Map(),
    languages: ['en'],
    currency: 'CNY',
    approval: 'none',
    triggers: new Map([[TRIGGER.id, TRIGGER]]),
    triggersOn: () => [TRIGGER],
    absencesOf: () => [],
    unanswered: [],
    scheduled: [],
    templates: new Map(),
    tiers: [],
    offers: new Map(offers.map((one) => [one.id, one])),
    campaignsFor: () => campaigns.filter(({ stage }) => stage === 'live' || stage === 'canary'),
    shadowsFor: () => campaigns.filter(({ stage }) => stage === 'shadow'),
    exclusions: [],
    contactPolicy: UNLIMITED,
    channels: new Map(),
    calendars: new Map(),
    regions: new Map(),
    timeZone: 'UTC',
    exploration: NO_EXPLORATION,
    learning: DEFAULT_LEARNING,
    work: DEFAULT_WORK,
    holdout: { share: 0, salt: 'universal' },
    scripts: new Map(),
    ...fields,
    campaigns: new Map(campaigns.map((one) => [one.id, one])),
  };
}

export const SCOPE: Scope = { attribute: () => undefined, feature: () => undefined, asOfMs: NOON };

export function requestOf(
  customer: Partial<CustomerFacts> = {},
  fields: Partial<DecisionRequest> = {},
): DecisionRequest {
  return {
    origin: 'trigger',
    trigger: TRIGGER,
    occasion: 'month:2026-02',
    step: 'first',
    nowMs: NOON,
    evidence: [],
    ...fields,
    customer: {
      customerId: 'customer-1',
      timeZone: 'UTC',
      exclusions: [],
      isComplaintOpen: false,
      consent: () => 'unknown',
      ...customer,
    },
  };
}

/** What is decided on: nothing was ever sent, learnt, spent or frozen unless given. */
export function basisOf(policy: CompiledPolicy, fields: Partial<DecisionBasis> = {}): DecisionBasis {
  return { ledger: [], policy, scope: SCOPE, standing: UNBOUNDED, history: NO_DEALINGS, ...fields };
}

/** Of a customer enrolled like this in every campaign. */
export const enrolledAs = (arm: 'treated' | 'control', variant = ''): CustomerDealings => ({
  ...NO_DEALINGS,
  enrolment: () => ({ arm, variant }),
});
