import type { FeatureSlots } from '@holdfast/features';
import {
  type CompiledPolicy,
  createScopes,
  type Scope,
  type ScopeInput,
  type Scopes,
  VALUE_TIER,
} from '@holdfast/policy';
import { attributeOf } from './attributes.ts';
import { type BillingCalendar, type BillingCycle, createBillingCalendar } from './billing-cycle.ts';
import { type Budgets, budgetPlansOf, type EncodeBudget } from './budgets.ts';
import { type CustomerState, NO_STORED } from './customer-state.ts';
import { glanceOf } from './facts-glance.ts';
import { createPosteriorReader, type PosteriorReader } from './posteriors.ts';
import { valueTier } from './value-tier.ts';

export interface Surroundings {
  readonly policy: CompiledPolicy;
  readonly budgets: Budgets;
  /** Absent where shards cannot ask each other for budgets. */
  readonly encodeBudget?: EncodeBudget | undefined;
  readonly readPosteriors: PosteriorReader;
  /** Records name every candidate, not the most valuable alone. */
  readonly listsAllCandidates?: boolean;
  readonly calendar: BillingCalendar;
  readonly scopes: Scopes;
  /** What the scope that holds now looks at. Filled anew for each: objects and closures per event would be collected. */
  readonly moment: Moment;
}

/** A customer at a time; `cycle` contains it. */
interface Moment extends ScopeInput {
  state: CustomerState | undefined;
  /** Made of this moment. */
  scope: Scope | undefined;
  cycle: BillingCycle;
  slots: FeatureSlots;
  event: Readonly<Record<string, unknown>> | undefined;
  asOfMs: number;
  cycleStartMs: number;
  knownSinceMs: number | undefined;
}

export function surroundingsOf(policy: CompiledPolicy): Surroundings {
  return {
    policy,
    budgets: { plans: budgetPlansOf(policy), peaks: {}, hasPool: false },
    readPosteriors: createPosteriorReader(),
    calendar: createBillingCalendar(),
    scopes: createScopes(policy),
    moment: momentOf(policy),
  };
}

function momentOf(policy: CompiledPolicy): Moment {
  const moment: Moment = {
    state: undefined,
    scope: undefined,
    cycle: { startMs: 0, endMs: 0 },
    slots: policy.features.create(),
    attribute(name) {
      const { state, scope } = moment;
      if (name === VALUE_TIER) return state && scope && valueTier(state, policy, scope);
      return state && attributeOf(state, name, moment.asOfMs, moment.cycle);
    },
    event: undefined,
    asOfMs: 0,
    cycleStartMs: 0,
    knownSinceMs: undefined,
  };
  return moment;
}

export function timeZoneOf(state: CustomerState): string {
  return glanceOf(state).timeZone;
}

export function cycleOf(state: CustomerState, atMs: number, calendar: BillingCalendar): BillingCycle {
  const { cycleDay, timeZone } = glanceOf(state);
  return calendar.cycleAt(atMs, cycleDay ?? 1, timeZone);
}

/** The features of the state, decoded at the first use. */
export function slotsOf(state: CustomerState, policy: CompiledPolicy): FeatureSlots {
  if (state.slots) return state.slots;
  const { bytes, from, to } = state.features;
  state.slots = to > from ? policy.features.decode(bytes, from, to) : policy.features.create();
  // Written from the slots from now on: kept, they would only take memory.
  state.features = NO_STORED;
  return state.slots;
}

/**
 * What conditions may look at: the customer as of a time, and the event when there is one. Valid until the next one is
 * made with the same surroundings.
 */
export function customerScope(
  state: CustomerState,
  at: {
    readonly asOfMs: number;
    readonly cycle: BillingCycle;
    readonly event?: Readonly<Record<string, unknown>> | undefined;
  },
  { policy, scopes, moment }: Surroundings,
): Scope {
  moment.state = state;
  moment.cycle = at.cycle;
  moment.slots = slotsOf(state, policy);
  moment.event = at.event;
  moment.asOfMs = at.asOfMs;
  moment.cycleStartMs = at.cycle.startMs;
  moment.knownSinceMs = glanceOf(state).knownSinceMs;
  moment.scope = scopes.at(moment);
  return moment.scope;
}
