import type { FeatureSlot, FeatureSlots, FoldContext } from './model.ts';
import { emptySlot, type SlotPlan } from './slot.ts';

/**
 * Adds one amount to the tile (or cycle) of the event. Every case is commutative: what is kept depends on the set of
 * events only, because a tile falls away for being old compared with the newest, never for when it came.
 * Answers false when the event is too old to count.
 */
export function foldSlot(slots: FeatureSlots, plan: SlotPlan, amount: number, context: FoldContext): boolean {
  if (plan.aggregation === 'last' || plan.aggregation === 'elapsedSince') {
    return foldNewest(slots, plan, amount, context.atMs);
  }
  if (plan.window.kind === 'cycle') return foldCycle(slots, plan, amount, context.cycleStartMs);
  return foldTile(slots, plan, amount, plan.window.kind === 'sliding' ? Math.floor(context.atMs / plan.hopMs) : 0);
}

function foldTile(slots: FeatureSlots, plan: SlotPlan, amount: number, tile: number): boolean {
  const slot = slotAt(slots, plan, tile);
  if (tile > slot.newest) advance(slot, plan, tile);
  const back = slot.newest - tile;
  if (back >= plan.capacity) return false;
  while (slot.values.length <= back) push(slot, plan);
  add(slot, plan, back, amount);
  return true;
}

function foldCycle(slots: FeatureSlots, plan: SlotPlan, amount: number, startMs: number): boolean {
  const slot = slotAt(slots, plan, startMs);
  if (startMs > slot.newest) {
    unshift(slot, plan);
    truncate(slot, plan.capacity);
    slot.older = slot.newest;
    slot.newest = startMs;
  } else if (startMs < slot.newest && startMs !== slot.older) {
    if (slot.values.length > 1 && startMs < slot.older) return false;
    truncate(slot, 1);
    push(slot, plan);
    slot.older = startMs;
  }
  add(slot, plan, startMs === slot.newest ? 0 : 1, amount);
  return true;
}

/** The value of the newest event; of several at one instant the largest, so that order does not matter. */
function foldNewest(slots: FeatureSlots, plan: SlotPlan, amount: number, atMs: number): boolean {
  const slot = slotAt(slots, plan, atMs);
  if (atMs < slot.newest) return true;
  if (atMs > slot.newest) {
    slot.newest = atMs;
    slot.values[0] = plan.neutral;
  }
  if (plan.aggregation === 'last') slot.values[0] = Math.max(slot.values[0] ?? amount, amount);
  return true;
}

function slotAt(slots: FeatureSlots, plan: SlotPlan, newest: number): FeatureSlot {
  const found = slots.slots[plan.index];
  if (found !== undefined) return found;
  const slot = emptySlot(plan, newest);
  slots.slots[plan.index] = slot;
  return slot;
}

function advance(slot: FeatureSlot, plan: SlotPlan, tile: number): void {
  const steps = tile - slot.newest;
  slot.newest = tile;
  if (steps >= plan.capacity) {
    truncate(slot, 0);
    push(slot, plan);
    return;
  }
  for (let step = 0; step < steps; step += 1) unshift(slot, plan);
  truncate(slot, plan.capacity);
}

function add(slot: FeatureSlot, plan: SlotPlan, back: number, amount: number): void {
  const before = slot.values[back] ?? plan.neutral;
  slot.values[back] = combine(plan, before, amount);
  if (slot.counts !== undefined) slot.counts[back] = (slot.counts[back] ?? 0) + 1;
}

/** The aggregation's operation on two amounts; associative and commutative, `neutral` leaves the other as it is. */
export function combine(plan: SlotPlan, left: number, right: number): number {
  if (plan.aggregation === 'min') return Math.min(left, right);
  if (plan.aggregation === 'max') return Math.max(left, right);
  return left + right;
}

function push(slot: FeatureSlot, plan: SlotPlan): void {
  slot.values.push(plan.neutral);
  slot.counts?.push(0);
}

function unshift(slot: FeatureSlot, plan: SlotPlan): void {
  slot.values.unshift(plan.neutral);
  slot.counts?.unshift(0);
}

function truncate(slot: FeatureSlot, length: number): void {
  if (slot.values.length > length) slot.values.length = length;
  if (slot.counts !== undefined && slot.counts.length > length) slot.counts.length = length;
}
