import { type AttributeValue, eventFields, type PolicyContract } from '@holdfast/policy';
import type { BillingCycle } from './billing-cycle.ts';
import { type AttributeName, CAPS, type CustomerState, type Facts, type Line } from './customer-state.ts';
import { glanceOf } from './facts-glance.ts';
import { GOAL_KPIS, HORIZON_DAYS } from './horizons.ts';
import { householdOf } from './household.ts';
import { FOLLOW_UPS, LEARNING_KPI, PLAYS_KPI, UNIVERSAL } from './kpis.ts';
import { knownSince, mainLine, textOf } from './lines.ts';

/** Customer attributes that policies may name, with their types. One that is not known is absent. */
export const CUSTOMER_ATTRIBUTES = {
  customer_id: 'string',
  tier: 'string',
  language: 'string',
  city: 'string',
  age: 'double',
  tenure_days: 'double',
  has_mobile: 'bool',
  has_broadband: 'bool',
  products: 'strings',
  plan: 'string',
  data_allowance_mb: 'double',
  days_left_in_cycle: 'double',
  suspended: 'bool',
  complaint_open: 'bool',
  exclusions: 'strings',
  churn_score: 'double',
  account_manager: 'string',
  household_id: 'string',
  household_role: 'string',
} as const satisfies PolicyContract['attributes'];

/** What a campaign lists that answers agents who ask what to offer, whatever happened to the customer. */
export const AGENT_REQUEST = 'agent_request';

/** Channels that offers and contact policy may name. */
export const CHANNELS: readonly string[] = ['call-centre', 'app-push', 'sms', 'email'];

/** Attributes that have a value of every customer. */
const ALWAYS_KNOWN: readonly AttributeKey[] = [
  'customer_id',
  'language',
  'products',
  'suspended',
  'complaint_open',
  'exclusions',
];

const ATTRIBUTE_RANGES: NonNullable<PolicyContract['ranges']> = {
  age: { min: -1, max: 200 },
  tenure_days: { min: 0, max: Number.POSITIVE_INFINITY },
  data_allowance_mb: { min: 0, max: Number.POSITIVE_INFINITY },
  days_left_in_cycle: { min: 0, max: 31 },
};

/** What a policy for the customer topology may speak about. */
export function telecomContract(): PolicyContract {
  return {
    events: eventFields(),
    attributes: CUSTOMER_ATTRIBUTES,
    channels: CHANNELS,
    ranges: ATTRIBUTE_RANGES,
    alwaysKnown: ALWAYS_KNOWN,
    // A heartbeat speaks for its feed.
    neverTold: ['FeedHeartbeat'],
    requestTriggers: [AGENT_REQUEST],
    // The dispatcher has an adapter for each; which of them an operator runs stands in its channel file.
    delivered: CHANNELS,
    takenCampaigns: [PLAYS_KPI, UNIVERSAL, LEARNING_KPI, FOLLOW_UPS],
    goals: [
      ...GOAL_KPIS,
      'satisfaction',
      ...HORIZON_DAYS.flatMap((days) => [`arpu_${days}d`, `*_activated_${days}d`, `satisfaction_${days}d`]),
    ],
    // Firings of other triggers need room as well.
    limits: { awaited: CAPS.lastSeen, timed: CAPS.firings / 2 },
  };
}

export type AttributeKey = keyof typeof CUSTOMER_ATTRIBUTES;

const DAY_MS = 86_400_000;

/** The attribute as of a time; undefined when it is not known. */
export function attributeOf(
  state: CustomerState,
  name: string,
  asOfMs: number,
  cycle: BillingCycle,
): AttributeValue | undefined {
  // What nearly every policy asks of every event is had without reading the facts.
  if (name === 'data_allowance_mb') return glanceOf(state).dataAllowanceMb;
  if (name === 'days_left_in_cycle') return daysLeft(state, asOfMs, cycle);
  const read = isAttribute(name) ? READERS[name] : undefined;
  return read?.(state.facts.read(), { state, asOfMs, cycle });
}

export function activeExclusions(facts: Facts): readonly string[] {
  return facts.exclusions.filter((flag) => flag.isOn).map((flag) => flag.key);
}

export function isComplaintOpen(facts: Facts): boolean {
  return facts.complaints.some((flag) => flag.isOn);
}

interface Reading {
  readonly state: CustomerState;
  readonly asOfMs: number;
  readonly cycle: BillingCycle;
}

const READERS: { readonly [K in AttributeKey]: (facts: Facts, reading: Reading) => AttributeValue | undefined } = {
  customer_id: (_, { state }) => state.customerId,
  tier: (facts) => textOf(facts, 'tier'),
  language: (facts) => textOf(facts, 'language') ?? 'en',
  city: (facts) => textOf(facts, 'city'),
  age: (facts, { asOfMs }) => {
    const born = numberOf(facts, 'birthYear');
    return born === undefined ? undefined : yearOf(asOfMs) - born;
  },
  tenure_days: (facts, { asOfMs }) => {
    const known = [knownSince(facts), facts.registeredAt || undefined].filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.max(0, Math.floor((asOfMs - Math.min(...known)) / DAY_MS));
  },
  has_mobile: (facts) => holds(facts, 'MOBILE'),
  has_broadband: (facts) => holds(facts, 'BROADBAND'),
  products: (facts) => [...new Set(held(facts).map((line) => line.product))].sort(),
  plan: (facts) => mainLine(facts)?.plan || undefined,
  data_allowance_mb: (_, { state }) => glanceOf(state).dataAllowanceMb,
  days_left_in_cycle: (_, { state, asOfMs, cycle }) => daysLeft(state, asOfMs, cycle),
  suspended: (facts) => held(facts).some((line) => line.product === 'MOBILE' && line.status === 'SUSPENDED'),
  complaint_open: (facts) => isComplaintOpen(facts),
  exclusions: (facts) => activeExclusions(facts),
  churn_score: (facts) => numberOf(facts, 'churnScore'),
  account_manager: (facts) => textOf(facts, 'accountManager'),
  household_id: (facts) => householdOf(facts)?.householdId,
  household_role: (facts) => householdOf(facts)?.role,
};

function isAttribute(name: string): name is AttributeKey {
  return Object.hasOwn(READERS, name);
}

function daysLeft(state: CustomerState, asOfMs: number, cycle: BillingCycle): number | undefined {
  if (glanceOf(state).cycleDay === undefined) return undefined;
  return Math.max(0, Math.floor((cycle.endMs - asOfMs) / DAY_MS));
}

function held(facts: Facts): readonly Line[] {
  return facts.lines.filter((line) => line.product !== '' && line.status !== 'TERMINATED');
}

/** Unknown until somebody told of a line: usage alone does not say what else the customer holds. */
function holds(facts: Facts, product: string): boolean | undefined {
  if (facts.lines.every((line) => line.product === '')) return undefined;
  return facts.lines.some((line) => line.product === product && line.status !== 'TERMINATED');
}

function numberOf(facts: Facts, name: AttributeName): number | undefined {
  const text = textOf(facts, name);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function yearOf(ms: number): number {
  // A Temporal object takes ten times as long, and rules ask for ages of every event.
  return new Date(ms).getUTCFullYear();
}
