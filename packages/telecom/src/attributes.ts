import { type AttributeValue, eventFields, type PolicyContract } from '@holdfast/policy';
import type { BillingCycle } from './billing-cycle.ts';
import type { AttributeName, CustomerState, Facts, Line } from './customer-state.ts';

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
} as const satisfies PolicyContract['attributes'];

/** Channels that offers and contact policy may name. */
export const CHANNELS: readonly string[] = ['call-centre', 'app-push', 'sms', 'email'];

/** What a policy for the customer topology may speak about. */
export function telecomContract(): PolicyContract {
  return { events: eventFields(), attributes: CUSTOMER_ATTRIBUTES, channels: CHANNELS };
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
  const read = isAttribute(name) ? READERS[name] : undefined;
  return read?.(state.facts.read(), { state, asOfMs, cycle });
}

export function textOf(facts: Facts, name: AttributeName): string | undefined {
  return facts.attributes.find((attribute) => attribute.name === name)?.value;
}

export function activeExclusions(facts: Facts): readonly string[] {
  return facts.exclusions.filter((flag) => flag.isOn).map((flag) => flag.key);
}

export function isComplaintOpen(facts: Facts): boolean {
  return facts.complaints.some((flag) => flag.isOn);
}

/** The mobile line held longest: its cycle and allowance stand for the customer. */
export function mainLine(facts: Facts): Line | undefined {
  let main: Line | undefined;
  for (const line of facts.lines) {
    if (line.product !== 'MOBILE' || line.status === 'TERMINATED') continue;
    if (!main || line.activatedAt < main.activatedAt) main = line;
  }
  return main;
}

/** Since when the customer is one of ours, as far as we were told; undefined when nobody said. */
export function knownSince(facts: Facts): number | undefined {
  let since: number | undefined;
  for (const line of facts.lines) {
    if (line.activatedAt > 0 && (since === undefined || line.activatedAt < since)) since = line.activatedAt;
  }
  return since;
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
  data_allowance_mb: (facts) => allowanceOf(facts),
  days_left_in_cycle: (facts, { asOfMs, cycle }) =>
    mainLine(facts) ? Math.max(0, Math.floor((cycle.endMs - asOfMs) / DAY_MS)) : undefined,
  suspended: (facts) => held(facts).some((line) => line.product === 'MOBILE' && line.status === 'SUSPENDED'),
  complaint_open: (facts) => isComplaintOpen(facts),
  exclusions: (facts) => activeExclusions(facts),
  churn_score: (facts) => numberOf(facts, 'churnScore'),
};

function isAttribute(name: string): name is AttributeKey {
  return Object.hasOwn(READERS, name);
}

function held(facts: Facts): readonly Line[] {
  return facts.lines.filter((line) => line.product !== '' && line.status !== 'TERMINATED');
}

/** Unknown until somebody told of a line: usage alone does not say what else the customer holds. */
function holds(facts: Facts, product: string): boolean | undefined {
  if (facts.lines.every((line) => line.product === '')) return undefined;
  return facts.lines.some((line) => line.product === product && line.status !== 'TERMINATED');
}

/** Over all mobile lines; undefined when one of them is unlimited or its allowance is not known. */
function allowanceOf(facts: Facts): number | undefined {
  const mobile = facts.lines.filter((line) => line.product === 'MOBILE' && line.status !== 'TERMINATED');
  if (mobile.length === 0 || mobile.some((line) => line.dataAllowanceMb < 0)) return undefined;
  return mobile.reduce((sum, line) => sum + line.dataAllowanceMb, 0);
}

function numberOf(facts: Facts, name: AttributeName): number | undefined {
  const text = textOf(facts, name);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function yearOf(ms: number): number {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO('UTC').year;
}
