import { createFeatureSet } from '@holdfast/features';
import {
  type Campaign,
  type CompiledPolicy,
  type CompiledTrigger,
  type Condition,
  NO_ACTION,
  type Offer,
  type Scope,
  type Truth,
} from '@holdfast/policy';
import type { CustomerFacts, DecisionRequest } from '../src/model.ts';

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
    ...fields,
  };
}

export function campaign(id: string, offers: readonly string[], fields: Partial<Campaign> = {}): Campaign {
  return {
    id,
    owner: '',
    driver: '',
    goal: { kpi: 'retained', target: 0 },
    triggers: [TRIGGER.id],
    offers: offers.filter((name) => name !== NO_ACTION),
    holdout: 0,
    stage: 'live',
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
    triggers: new Map([[TRIGGER.id, TRIGGER]]),
    triggersOn: () => [TRIGGER],
    absencesOf: () => [],
    offers: new Map(offers.map((one) => [one.id, one])),
    campaignsFor: () => campaigns,
    exclusions: [],
    contactPolicy: {
      caps: [],
      minimumGapMs: 0,
      cooldownMs: 0,
      quietHours: { startHour: 0, endHour: 0, channels: [] },
    },
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
      enrolledArm: () => undefined,
      ...customer,
    },
  };
}
