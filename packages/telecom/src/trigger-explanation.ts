import type { ExplainedTile, FeatureExplanation, UnknownReason } from '@holdfast/features';
import type { CompiledTrigger, EvidenceItem, Scope, Truth } from '@holdfast/policy';
import type { CustomerState, Firing } from './customer-state.ts';
import { glanceOf } from './facts-glance.ts';
import { latchedScope } from './firings.ts';
import { isCalendarOccasion, occasionOf } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings, slotsOf, timeZoneOf } from './scope.ts';

import { type Wait, type WaitsFor, waitOf, waitsFor } from './trigger-wait.ts';

/** A feature that a condition reads: declared ones with their tiles, computed ones with their expression. */
export interface ExplainedFeature {
  readonly name: string;
  readonly value: number | null;
  readonly unknown: UnknownReason | null;
  readonly coveredSinceMs: number | null;
  /** Newest first. */
  readonly tiles: readonly ExplainedTile[];
  readonly omittedTiles: number;
  /** Empty for a declared feature. */
  readonly expression: string;
}

/** How a trigger stands with a customer. Times in ms since the epoch. */
export interface TriggerStanding {
  readonly trigger: string;
  readonly waitsFor: WaitsFor;
  /** Conditions and features are read as of then: the customer's latest event, or when the timer is due. */
  readonly asOfMs: number;
  /** Each conjunct; what reads fields of the event is unknown, for no event is at hand. */
  readonly conditions: readonly EvidenceItem[];
  readonly truth: Truth;
  readonly features: readonly ExplainedFeature[];
  /** The timer by which it fires; null for a trigger on an event, and where nothing is waited for. */
  readonly wait: Wait | null;
  /** Of the moment; null where an event's field names it, or nothing is waited for. */
  readonly occasion: string | null;
  /** When the trigger had its turn on this occasion: it does not decide twice on it. A timer has its turn fired or not. */
  readonly turnAtMs: number | null;
  /** Occasions on which it had its turn before, newest first, as far as remembered. */
  readonly turns: readonly Firing[];
  /** Null where the trigger has none. */
  readonly latch: 'open' | 'shut' | null;
}

/** The standing with the scope it was read in, which holds until the next one is made with these surroundings. */
export interface TriggerReading {
  readonly standing: TriggerStanding;
  readonly scope: Scope;
}

export function readTrigger(
  state: CustomerState,
  trigger: CompiledTrigger,
  surroundings: Surroundings,
): TriggerReading {
  const what = waitsFor(trigger);
  const wait = waitOf(state, trigger, surroundings.policy);
  const asOfMs = wait?.dueMs ?? state.lastEventAt;
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs, cycle }, surroundings);
  const occasion =
    what.kind === 'event'
      ? occasionOf(trigger, { asOfMs, cycle, timeZone: timeZoneOf(state), event: undefined, silenceStartMs: asOfMs })
      : wait?.occasion;
  const turns = turnsOf(state, trigger);
  const inLatch = latchedScope(state, trigger, scope, () => occasion);
  const standing: TriggerStanding = {
    trigger: trigger.id,
    waitsFor: what,
    asOfMs,
    conditions: trigger.when.explain(inLatch),
    truth: trigger.when.evaluate(inLatch),
    features: trigger.when.features.map((name) => explainFeature(name, { state, scope, cycle }, surroundings)),
    wait: wait ?? null,
    occasion: occasion ?? null,
    turnAtMs: turns.find((turn) => turn.occasion === occasion)?.at ?? null,
    turns,
    latch: latchOf(trigger, turns, occasion),
  };
  return { standing, scope };
}

function turnsOf(state: CustomerState, { id }: CompiledTrigger): readonly Firing[] {
  return state.dealings
    .read()
    .firings.filter(({ trigger }) => trigger === id)
    .sort((a, b) => b.at - a.at);
}

function latchOf(
  trigger: CompiledTrigger,
  turns: readonly Firing[],
  occasion: string | undefined,
): TriggerStanding['latch'] {
  if (trigger.latches.length === 0) return null;
  const holds = (turn: Firing): boolean => isCalendarOccasion(trigger.occasion) || turn.occasion === occasion;
  return turns.some((turn) => turn.isLatched && holds(turn)) ? 'shut' : 'open';
}

interface FeatureMoment {
  readonly state: CustomerState;
  readonly scope: Scope;
  readonly cycle: { readonly startMs: number };
}

function explainFeature(
  name: string,
  { state, scope, cycle }: FeatureMoment,
  { policy }: Surroundings,
): ExplainedFeature {
  const time = { asOfMs: scope.asOfMs, cycleStartMs: cycle.startMs, knownSinceMs: glanceOf(state).knownSinceMs };
  const declared: FeatureExplanation | undefined = policy.features.explain(slotsOf(state, policy), name, time);
  return {
    name,
    value: declared?.value ?? scope.feature(name) ?? null,
    unknown: declared?.unknown ?? null,
    coveredSinceMs: declared?.coveredSinceMs ?? null,
    tiles: declared?.tiles ?? [],
    omittedTiles: declared?.omittedTiles ?? 0,
    expression: policy.derived.get(name)?.source ?? '',
  };
}
