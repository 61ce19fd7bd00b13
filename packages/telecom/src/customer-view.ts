import type { Due } from '@holdfast/engine';
import type { AttributeValue, CompiledPolicy } from '@holdfast/policy';
import { attributeOf, CUSTOMER_ATTRIBUTES } from './attributes.ts';
import { createBillingCalendar } from './billing-cycle.ts';
import type { Contact, Enrolment, Firing, Flag, Line } from './customer-state.ts';
import { customerScope, cycleOf, timeZoneOf } from './scope.ts';
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
  readonly lines: readonly Line[];
  readonly consents: readonly Flag[];
  readonly exclusions: readonly Flag[];
  readonly complaints: readonly Flag[];
  readonly timers: Due;
  readonly contacts: readonly Contact[];
  readonly firings: readonly Firing[];
  readonly enrolments: readonly Enrolment[];
}

/** Reads a stored state under a policy, as of `nowMs`. Throws on a layout of a later release. */
export function customerView(
  customerId: string,
  stateBytes: Buffer,
  policy: CompiledPolicy,
  nowMs: number,
): CustomerView {
  const state = decodeCustomerState(customerId, stateBytes);
  const calendar = createBillingCalendar();
  const cycle = cycleOf(state, nowMs, calendar);
  const scope = customerScope(state, { asOfMs: nowMs, cycle }, { policy, calendar });
  const facts = state.facts.read();
  const featureNames = [...policy.features.definitions.map((definition) => definition.name), ...policy.derived.keys()];
  return {
    customerId,
    asOfMs: nowMs,
    stateBytes: stateBytes.length,
    lastEventAt: state.lastEventAt || null,
    timeZone: timeZoneOf(state),
    attributes: tabled(Object.keys(CUSTOMER_ATTRIBUTES), (name) => attributeOf(state, name, nowMs, cycle)),
    features: tabled(featureNames, (name) => scope.feature(name)),
    lines: facts.lines,
    consents: facts.consents,
    exclusions: facts.exclusions,
    complaints: facts.complaints,
    timers: dueOf(state, policy),
    ...state.dealings.read(),
  };
}

function tabled<T>(names: readonly string[], read: (name: string) => T | undefined): Record<string, T | null> {
  return Object.fromEntries(names.map((name) => [name, read(name) ?? null]));
}
