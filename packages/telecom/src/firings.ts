import type { CompiledTrigger, Latch, Scope } from '@holdfast/policy';
import { CAPS, type CustomerState, type Dealings, type Firing } from './customer-state.ts';
import { isCalendarOccasion, tierOccasion } from './occasion.ts';

/** Occasions of which a later one ends the one before: it can never come back. */
const SUCCEEDING = ['silence:', 'date:', 'tier:'];
/** Before the name of an occasion: its latch was shut as it came into force, and the occasion has not had its turn. */
export const PRIMED = 'primed:';

export function hasFired(dealings: Dealings, trigger: string, occasion: string): boolean {
  return dealings.firings.some((firing) => firing.trigger === trigger && firing.occasion === occasion);
}

/** Whether the trigger had its turn on a later occasion of the same kind: this one had its turn before, and is over. */
export function isSuperseded(dealings: Dealings, trigger: string, occasion: string): boolean {
  const kind = SUCCEEDING.find((prefix) => occasion.startsWith(prefix));
  if (kind === undefined) return false;
  return dealings.firings.some(
    (firing) => firing.trigger === trigger && firing.occasion.startsWith(kind) && isLater(firing.occasion, occasion),
  );
}

/** Of two silences the one that began later; of two dates the later one. */
function isLater(occasion: string, than: string): boolean {
  const text = (name: string) => name.slice(name.indexOf(':') + 1);
  const [silence, other] = [Number(text(occasion)), Number(text(than))];
  return Number.isNaN(silence) ? text(occasion) > text(than) : silence > other;
}

/** Remembers that the trigger had its turn on the occasion. Answers whether older ones had to be forgotten. */
export function markFired(dealings: Dealings, firing: Firing): boolean {
  const { trigger, occasion } = firing;
  const kind = SUCCEEDING.find((prefix) => occasion.startsWith(prefix));
  dealings.firings = dealings.firings.filter(
    (other) =>
      other.trigger !== trigger ||
      (other.occasion !== occasion &&
        !(kind !== undefined && other.occasion.startsWith(kind)) &&
        !other.occasion.startsWith(PRIMED)),
  );
  dealings.firings.push(firing);
  if (dealings.firings.length <= CAPS.firings) return false;
  // A tier has nobody to tell it again: it stays, however long ago it changed.
  const oldest = dealings.firings.findIndex(({ occasion: name }) => !name.startsWith(tierOccasion('')));
  dealings.firings.splice(Math.max(0, oldest), 1);
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
  const isShut = shut !== undefined && (isCalendarOccasion(trigger.occasion) || isOn(shut, occasion()));
  return {
    ...scope,
    attribute: scope.attribute,
    feature: scope.feature,
    latched: (feature, level) => !isShut && isBeyond(latchOf(trigger, feature, level), scope.feature(feature)),
  };
}

/** Whether a value is at or beyond the level of a latch of the trigger. */
export function isBeyondAny(trigger: CompiledTrigger, scope: Scope): boolean {
  return trigger.latches.some((latch) => isBeyond(latch, scope.feature(latch.feature)));
}

/** Whether the latch of the trigger is shut, on whatever occasion. */
export function isShut(state: CustomerState, trigger: CompiledTrigger): boolean {
  return shutFiring(state, trigger.id) !== undefined;
}

function isOn(firing: Firing, occasion: string | undefined): boolean {
  if (firing.occasion === occasion) return true;
  return occasion !== undefined && firing.occasion.startsWith(PRIMED) && firing.occasion === PRIMED + occasion;
}

function shutFiring(state: CustomerState, trigger: string): Firing | undefined {
  return state.dealings.read().firings.findLast((firing) => firing.trigger === trigger && firing.isLatched);
}

function latchOf(trigger: CompiledTrigger, feature: string, level: number): Latch {
  const declared = trigger.latches.find((latch) => latch.feature === feature && latch.level === level);
  return declared ?? { feature, level, rearm: level * 0.9, direction: 'up' };
}

/** Unknown is beyond nothing. */
export function isBeyond(latch: Latch, value: number | undefined): boolean {
  if (value === undefined) return false;
  return latch.direction === 'up' ? value >= latch.level : value <= latch.level;
}

function isRearmed(latch: Latch, value: number | undefined): boolean {
  if (value === undefined) return false;
  return latch.direction === 'up' ? value < latch.rearm : value > latch.rearm;
}
