import type { FeatureSlots } from '@holdfast/features';
import { type CompiledPolicy, type Scope, scopeOf } from '@holdfast/policy';
import { attributeOf, knownSince, mainLine, textOf } from './attributes.ts';
import type { BillingCalendar, BillingCycle } from './billing-cycle.ts';
import type { CustomerState } from './customer-state.ts';

export interface Surroundings {
  readonly policy: CompiledPolicy;
  readonly calendar: BillingCalendar;
}

export function timeZoneOf(state: CustomerState): string {
  return textOf(state.facts.read(), 'timeZone') ?? 'UTC';
}

export function cycleOf(state: CustomerState, atMs: number, calendar: BillingCalendar): BillingCycle {
  return calendar.cycleAt(atMs, mainLine(state.facts.read())?.cycleDay ?? 1, timeZoneOf(state));
}

/** The features of the state, decoded at the first use. */
export function slotsOf(state: CustomerState, policy: CompiledPolicy): FeatureSlots {
  if (state.slots) return state.slots;
  state.slots = state.featureBytes.length > 0 ? policy.features.decode(state.featureBytes) : policy.features.create();
  // Written from the slots from now on: kept, they would only take memory.
  state.featureBytes = NO_BYTES;
  return state.slots;
}

const NO_BYTES = Buffer.alloc(0);

/** What conditions may look at: the customer as of a time, and the event when there is one. */
export function customerScope(
  state: CustomerState,
  moment: {
    readonly asOfMs: number;
    readonly cycle: BillingCycle;
    readonly event?: Readonly<Record<string, unknown>> | undefined;
  },
  { policy }: Surroundings,
): Scope {
  const { asOfMs, cycle, event } = moment;
  return scopeOf(policy, {
    slots: slotsOf(state, policy),
    attribute: (name) => attributeOf(state, name, asOfMs, cycle),
    event,
    asOfMs,
    cycleStartMs: cycle.startMs,
    knownSinceMs: knownSince(state.facts.read()),
  });
}
