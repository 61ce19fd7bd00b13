import type { Event } from '@holdfast/events';
import type { CompiledPolicy, CompiledTrigger } from '@holdfast/policy';
import type { Activation, Activations } from './activations.ts';
import type { CustomerState } from './customer-state.ts';
import { isBeyond, isBeyondAny, isShut, markFired, PRIMED } from './firings.ts';
import { isRecorded } from './freshness.ts';
import { occasionOf } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings, slotsOf, timeZoneOf } from './scope.ts';

/** Latches that came into force while customers lived, and the newest activation of them. */
export interface Primer {
  readonly newestMs: number;
  readonly newestRecordedMs: number;
  readonly triggers: readonly { readonly trigger: CompiledTrigger; readonly activation: Activation }[];
}

/** Undefined where nothing was activated. */
export function createPrimer(policy: CompiledPolicy, activations: Activations): Primer | undefined {
  const triggers = Object.entries(activations).flatMap(([id, activation]) => {
    const trigger = policy.triggers.get(id);
    return trigger?.on === undefined ? [] : [{ trigger, activation }];
  });
  if (triggers.length === 0) return undefined;
  const newest = (read: (activation: Activation) => number) =>
    triggers.reduce((most, { activation }) => Math.max(most, read(activation)), 0);
  return { newestMs: newest(({ atMs }) => atMs), newestRecordedMs: newest(({ recordedMs }) => recordedMs), triggers };
}

/**
 * Before the event is folded: a customer who was told nothing since a latch came into force is judged as of that time, and
 * a value that was beyond the level then has crossed it before anybody looked. The latch is shut without firing. Any event
 * will do, of whatever type: after it nobody could tell what the value was.
 *
 * By the state and the configuration alone, so nothing is to be remembered of customers who were not touched.
 */
export function primeLatches(state: CustomerState, event: Event, primer: Primer, surroundings: Surroundings): void {
  const isReplayed = isRecorded(event.source);
  if (state.lastEventAt === 0) return;
  if (state.lastEventAt >= (isReplayed ? primer.newestRecordedMs : primer.newestMs)) return;
  for (const { trigger, activation } of primer.triggers) {
    const asOfMs = isReplayed ? activation.recordedMs : activation.atMs;
    if (state.lastEventAt >= asOfMs || isShut(state, trigger)) continue;
    const cycle = cycleOf(state, asOfMs, surroundings.calendar);
    if (isBeyondAny(trigger, customerScope(state, { asOfMs, cycle }, surroundings))) {
      shutLatch(state, trigger, asOfMs, surroundings);
    }
  }
}

/** A trigger with latches, and the features that they look at. */
export interface LatchedTrigger {
  readonly trigger: CompiledTrigger;
  readonly features: readonly string[];
}

export function latchedTriggers({ triggers, derived }: CompiledPolicy): readonly LatchedTrigger[] {
  const latched = [...triggers.values()].filter(({ on, latches }) => on !== undefined && latches.length > 0);
  return latched.map((trigger) => ({
    trigger,
    features: trigger.latches.flatMap(({ feature }) => derived.get(feature)?.features ?? [feature]),
  }));
}

/**
 * Before the event is folded: a feature that was added while the customer lived is unknown until its window is covered,
 * which comes for all customers at about the same time. Whose value is beyond the level as soon as it is known has crossed
 * it out of sight: the latch is shut without firing. What the event itself takes over the level is a crossing.
 */
export function primeAdded(
  state: CustomerState,
  { occurredAt }: Event,
  latched: readonly LatchedTrigger[],
  surroundings: Surroundings,
): void {
  if (state.lastEventAt === 0 || occurredAt <= state.lastEventAt) return;
  const { features } = surroundings.policy;
  const slots = slotsOf(state, surroundings.policy);
  // All are covered like the customer: nobody pays for what a policy added to others.
  if (slots.since === undefined) return;
  for (const { trigger, features: read } of latched) {
    const isAdded = read.some((name) => (features.coveredSince(slots, name) ?? slots.firstSince) !== slots.firstSince);
    if (isAdded && !isShut(state, trigger)) primeFirstKnown(state, trigger, occurredAt, surroundings);
  }
}

function primeFirstKnown(
  state: CustomerState,
  trigger: CompiledTrigger,
  asOfMs: number,
  surroundings: Surroundings,
): void {
  const before = valuesAsOf(state, trigger, state.lastEventAt, surroundings);
  if (!before.includes(undefined)) return;
  const now = valuesAsOf(state, trigger, asOfMs, surroundings);
  const isCrossedUnseen = trigger.latches.some((latch, i) => before[i] === undefined && isBeyond(latch, now[i]));
  if (isCrossedUnseen) shutLatch(state, trigger, asOfMs, surroundings);
}

/** Of each latch. */
function valuesAsOf(
  state: CustomerState,
  { latches }: CompiledTrigger,
  asOfMs: number,
  surroundings: Surroundings,
): readonly (number | undefined)[] {
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs, cycle }, surroundings);
  return latches.map(({ feature }) => scope.feature(feature));
}

function shutLatch(state: CustomerState, trigger: CompiledTrigger, asOfMs: number, surroundings: Surroundings): void {
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const occurrence = { asOfMs, cycle, timeZone: timeZoneOf(state), event: undefined, silenceStartMs: asOfMs };
  const occasion = occasionOf(trigger, occurrence);
  // An occasion that an event names is a new one with each: there is nothing to be shut.
  if (occasion === undefined) return;
  // Of several latches one below its level would open all: their trigger has had its turn on the occasion.
  const name = trigger.latches.length > 1 ? occasion : PRIMED + occasion;
  markFired(state.dealings.change(), { trigger: trigger.id, occasion: name, at: asOfMs, isLatched: true });
}
