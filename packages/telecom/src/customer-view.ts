import type { Due } from '@holdfast/engine';
import { type AttributeValue, type CompiledPolicy, VALUE_TIER } from '@holdfast/policy';
import { CUSTOMER_ATTRIBUTES } from './attributes.ts';
import type { CampaignPlan, Contact, Enrolment, Facts, Firing, Flag, HouseholdLink, Line } from './customer-state.ts';
import { customerScope, cycleOf, slotsOf, surroundingsOf, timeZoneOf } from './scope.ts';
import { decodeCustomerState } from './state-codec.ts';
import { dueOf } from './timer-step.ts';

/** A customer as people and agents see him. Times in ms since the epoch; `null` is unknown. */
export interface CustomerView {
  readonly customerId: string;
  readonly asOfMs: number;
  readonly stateBytes: number;
  readonly lastEventAt: number | null;
  readonly timeZone: string;
  readonly attributes: Readonly<Record<string, AttributeValue | null>>;
  readonly features: Readonly<Record<string, number | null>>;
  /** Since when each declared feature counts; a window that reaches further back is unknown. */
  readonly countedSince: Readonly<Record<string, number | null>>;
  readonly lines: readonly Line[];
  readonly consents: readonly Flag[];
  readonly exclusions: readonly Flag[];
  readonly complaints: readonly Flag[];
  /** Who looks after him, and since when by event time. */
  readonly accountManager: { readonly id: string; readonly at: number } | null;
  /** Every household he was told to belong to; `household_id` says which he belongs to. */
  readonly households: readonly HouseholdLink[];
  readonly timers: Due;
  readonly contacts: readonly Contact[];
  readonly firings: readonly Firing[];
  readonly enrolments: readonly Enrolment[];
  readonly plans: readonly CampaignPlan[];
}

/** Reads a stored state under a policy, as of `nowMs`. Throws on a layout of a later release. */
export function customerView(
  customerId: string,
  stateBytes: Buffer,
  policy: CompiledPolicy,
  nowMs: number,
): CustomerView {
  const state = decodeCustomerState(customerId, stateBytes);
  const surroundings = surroundingsOf(policy);
  const cycle = cycleOf(state, nowMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs: nowMs, cycle }, surroundings);
  const facts = state.facts.read();
  const featureNames = [...policy.features.definitions.map((definition) => definition.name), ...policy.derived.keys()];
  return {
    customerId,
    asOfMs: nowMs,
    stateBytes: stateBytes.length,
    lastEventAt: state.lastEventAt || null,
    timeZone: timeZoneOf(state),
    attributes: tabled(attributeNames(policy), (name) => scope.attribute(name)),
    features: tabled(featureNames, (name) => scope.feature(name)),
    countedSince: tabled(
      policy.features.definitions.map(({ name }) => name),
      (name) => policy.features.coveredSince(slotsOf(state, policy), name),
    ),
    lines: facts.lines,
    consents: facts.consents,
    exclusions: facts.exclusions,
    complaints: facts.complaints,
    accountManager: accountManagerIn(facts),
    households: facts.households,
    timers: dueOf(state, policy),
    ...state.dealings.read(),
  };
}

function accountManagerIn({ attributes }: Facts): CustomerView['accountManager'] {
  const found = attributes.find(({ name }) => name === 'accountManager');
  return found ? { id: found.value, at: found.at } : null;
}

function attributeNames({ tiers }: CompiledPolicy): readonly string[] {
  const names = Object.keys(CUSTOMER_ATTRIBUTES);
  return tiers.length === 0 ? names : [...names, VALUE_TIER];
}

function tabled<T>(names: readonly string[], read: (name: string) => T | undefined): Record<string, T | null> {
  return Object.fromEntries(names.map((name) => [name, read(name) ?? null]));
}
