import type { CompiledTrigger, Latch, Scope } from '@holdfast/policy';
import { CAPS, type CustomerState, type Dealings, type Firing } from './customer-state.ts';
import { isCalendarOccasion } from './occasion.ts';

const SILENCE = 'silence:';

export function hasFired(dealings: Dealings, trigger: string, occasion: string): boolean {
  return dealings.firings.some((firing) => firing.trigger === trigger && firing.occasion === occasion);
}

/** Remembers that the trigger had its turn on the occasion. Answers whether older ones had to be forgotten. */
export function markFired(dealings: Dealings, firing: Firing): boolean {
  const { trigger, occasion } = firing;
  // A new silence ends the one before: it can never come back.
  dealings.firings = dealings.firings.filter(
    (other) =>
      other.trigger !== trigger ||
      (other.occasion !== occasion && !(occasion.startsWith(SILENCE) && other.occasion.startsWith(SILENCE))),
  );
  dealings.firings.push(firing);
  if (dealings.firings.length <= CAPS.firings) return false;
  dealings.firings.shift();
  return true;
}

/** Opens the latch of a trigger whose value has come back below the re-arm level. */
export function rearm(state: CustomerState, trigger: CompiledTrigger, scope: Scope): void {
  if (trigger.latches.length === 0 || !shutFiring(state, trigger.id)) return;
  if (!trigger.latches.some((latch) => isRearmed(latch, scope.feature(latch.feature)))) return;
  for (const firing of state.dealings.change().firings) {
    if (firing.trigger === trigger.id) firing.isLatched = false;
  }
}

/**
 * A crossing on an occasion that had its turn uses the latch up all the same: the next occasion needs a crossing of its
 * own.
 */
export function shutAgain(state: CustomerState, trigger: CompiledTrigger, occasion: string): void {
  if (trigger.latches.length === 0 || shutFiring(state, trigger.id)) return;
  for (const firing of state.dealings.change().firings) {
    if (firing.trigger === trigger.id && firing.occasion === occasion) firing.isLatched = true;
  }
}

/**
 * The scope as the trigger sees it: `crossed` answers whether the value is beyond the level and the latch is open. A
 * latch shuts when the trigger fires, for the occasion; over the end of a week, month or year only coming back opens it.
 */
export function latchedScope(
  state: CustomerState,
  trigger: CompiledTrigger,
  scope: Scope,
  occasion: () => string | undefined,
): Scope {
  if (trigger.latches.length === 0) return scope;
  const shut = shutFiring(state, trigger.id);
  const isShut = shut !== undefined && (isCalendarOccasion(trigger.occasion) || shut.occasion === occasion());
  return {
    ...scope,
    attribute: scope.attribute,
    feature: scope.feature,
    latched: (feature, level) => !isShut && isBeyond(latchOf(trigger, feature, level), scope.feature(feature)),
  };
}

function shutFiring(state: CustomerState, trigger: string): Firing | undefined {
  return state.dealings.read().firings.findLast((firing) => firing.trigger === trigger && firing.isLatched);
}

function latchOf(trigger: CompiledTrigger, feature: string, level: number): Latch {
  const declared = trigger.latches.find((latch) => latch.feature === feature && latch.level === level);
  return declared ?? { feature, level, rearm: level * 0.9, direction: 'up' };
}

function isBeyond(latch: Latch, value: number | undefined): boolean {
  if (value === undefined) return false;
  return latch.direction === 'up' ? value >= latch.level : value <= latch.level;
}

function isRearmed(latch: Latch, value: number | undefined): boolean {
  if (value === undefined) return false;
  return latch.direction === 'up' ? value < latch.rearm : value > latch.rearm;
}
