import type { FeatureSlot, FeatureSlots } from './model.ts';
import type { SlotPlan } from './slot.ts';
import { combine } from './slot-fold.ts';

/** As of when, and what is known of the customer's past. All in ms since the epoch. */
export interface ValueTime {
  readonly asOfMs: number;
  readonly cycleStartMs: number;
  /** The customer's line exists since; undefined when not known. */
  readonly knownSinceMs: number | undefined;
}

/** The feature's value, undefined when it is not known; see `FeatureSet.value`. */
export function slotValue(slots: FeatureSlots, plan: SlotPlan, time: ValueTime): number | undefined {
  const sinceMs = slots.since[plan.index] ?? Number.POSITIVE_INFINITY;
  if (sinceMs === Number.POSITIVE_INFINITY) return undefined;
  const slot = slots.slots[plan.index];
  if (plan.aggregation === 'last') return lastValue(slot, plan, time.asOfMs);
  if (plan.aggregation === 'elapsedSince') return elapsed(slot, plan, time.asOfMs);
  if (plan.window.kind === 'ever') return finish(plan, slot, 0, 1);
  const isWholePast = time.knownSinceMs !== undefined && sinceMs <= time.knownSinceMs;
  return plan.window.kind === 'cycle'
    ? cycleValue(slot, plan, time, isWholePast || time.cycleStartMs >= sinceMs)
    : slidingValue(slot, plan, time.asOfMs, isWholePast ? Number.NEGATIVE_INFINITY : sinceMs);
}

function slidingValue(slot: FeatureSlot | undefined, plan: SlotPlan, asOfMs: number, sinceMs: number) {
  const last = Math.floor(asOfMs / plan.hopMs) - plan.offsetTiles;
  const first = last - plan.lengthTiles + 1;
  if (asOfMs - (plan.offsetTiles + plan.lengthTiles) * plan.hopMs < sinceMs) return undefined;
  if (slot === undefined) return finish(plan, undefined, 0, 0);
  // Tiles before `newest - capacity + 1` may have been dropped: better unknown than too small.
  if (first <= slot.newest - plan.capacity) return undefined;
  return finish(plan, slot, Math.max(0, slot.newest - last), slot.newest - first + 1);
}

function cycleValue(slot: FeatureSlot | undefined, plan: SlotPlan, time: ValueTime, isCovered: boolean) {
  if (!isCovered) return undefined;
  if (slot === undefined || time.cycleStartMs > slot.newest) return finish(plan, undefined, 0, 0);
  if (time.cycleStartMs === slot.newest) return finish(plan, slot, 0, 1);
  if (slot.values.length > 1 && time.cycleStartMs === slot.older) return finish(plan, slot, 1, 2);
  // Between the two kept cycles nothing was seen; before them something may have been forgotten.
  return slot.values.length > 1 && time.cycleStartMs < slot.older ? undefined : finish(plan, undefined, 0, 0);
}

function lastValue(slot: FeatureSlot | undefined, plan: SlotPlan, asOfMs: number): number | undefined {
  if (slot === undefined || slot.newest > asOfMs) return undefined;
  return (slot.values[0] ?? 0) / plan.resolution;
}

function elapsed(slot: FeatureSlot | undefined, plan: SlotPlan, asOfMs: number): number | undefined {
  if (slot === undefined || slot.newest > asOfMs) return undefined;
  return (asOfMs - slot.newest) / plan.unitMs;
}

/** Combines tiles `[from, to)` counted back from the newest, in the feature's own unit. */
function finish(plan: SlotPlan, slot: FeatureSlot | undefined, from: number, to: number): number | undefined {
  let total = plan.neutral;
  let count = 0;
  const end = slot === undefined ? 0 : Math.min(to, slot.values.length);
  for (let back = from; back < end; back += 1) {
    total = combine(plan, total, slot?.values[back] ?? plan.neutral);
    count += slot?.counts?.[back] ?? 0;
  }
  if (plan.aggregation === 'count') return total;
  if (plan.aggregation === 'average') return count === 0 ? undefined : total / count / plan.resolution;
  return Number.isFinite(total) ? total / plan.resolution : undefined;
}
