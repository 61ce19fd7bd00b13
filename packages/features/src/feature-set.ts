import type { BoundFeature, FeatureSet, FeatureSlots, FoldContext } from './model.ts';
import { planSlot, type SlotPlan } from './slot.ts';
import { readSlots, writeSlots } from './slot-codec.ts';
import { foldSlot } from './slot-fold.ts';
import { slotValue } from './slot-value.ts';
import type { Writer } from './varint.ts';

const MINUTE_MS = 60_000;
/** Id and flags, own coverage, newest, older, bitmap length. */
const SLOT_HEAD_BYTES = 5 + 5 + 8 + 8 + 2;
const NUMBER_BYTES = 8;
const NOTHING: readonly never[] = Object.freeze([]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * The features of a policy, compiled for folding.
 * @throws RangeError when a window is no multiple of its hop, two names are equal or two identities collide
 */
export function createFeatureSet(bound: readonly BoundFeature[]): FeatureSet {
  const plans = bound.map(planSlot);
  const byName = uniqueBy(plans, (plan) => plan.definition.name);
  const byId = uniqueBy(plans, (plan) => plan.id);
  const plansById = [...plans].sort((left, right) => left.id - right.id);
  const fed = groupByType(plans);
  const definitionsFed = Map.groupBy(bound, (definition) => definition.from);
  const maxBytes = plans.reduce((total, plan) => total + maxBytesOf(plan), NUMBER_BYTES);
  const scratch: Writer = { bytes: new Uint8Array(maxBytes), at: 0 };

  return {
    definitions: bound,
    fedBy: (eventType) => definitionsFed.get(eventType) ?? NOTHING,
    create: () => createSlots(plans.length),
    fold: (slots, eventType, event, context) => fold(fed.get(eventType), slots, event, context),
    value(slots, name, asOfMs, cycleStartMs, knownSinceMs) {
      const plan = byName.get(name);
      return plan === undefined ? undefined : slotValue(slots, plan, { asOfMs, cycleStartMs, knownSinceMs });
    },
    horizonMs: plans.reduce((most, plan) => Math.max(most, horizonOf(plan)), 0),
    encode(slots) {
      scratch.at = 0;
      writeSlots(scratch, slots, plansById);
      return Buffer.from(scratch.bytes.subarray(0, scratch.at));
    },
    decode(bytes) {
      const slots = createSlots(plans.length);
      if (bytes.length > 0) readSlots({ bytes, at: 0 }, slots, (id) => byId.get(id));
      return slots;
    },
    maxBytes,
  };
}

function createSlots(count: number): FeatureSlots {
  return {
    since: new Array<number>(count).fill(Number.POSITIVE_INFINITY),
    latestSince: Number.POSITIVE_INFINITY,
    slots: new Array<undefined>(count).fill(undefined),
  };
}

function fold(
  plans: readonly SlotPlan[] | undefined,
  slots: FeatureSlots,
  event: Fields,
  context: FoldContext,
): readonly string[] {
  if (context.atMs < slots.latestSince) cover(slots, context.atMs);
  if (plans === undefined) return NOTHING;
  const changed: string[] = [];
  for (const plan of plans) {
    const amount = amountOf(plan, event);
    if (amount === undefined || !plan.definition.matches(event)) continue;
    if (foldSlot(slots, plan, amount, context)) changed.push(plan.definition.name);
    else context.tooLate?.push(plan.definition.name);
  }
  return changed;
}

/** Coverage begins with the earliest event folded, in event time: the least of all is the same in any order. */
function cover(slots: FeatureSlots, atMs: number): void {
  const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  for (let index = 0; index < slots.since.length; index += 1) {
    if (minute < (slots.since[index] ?? 0)) slots.since[index] = minute;
  }
  slots.latestSince = minute;
}

/** The event's amount in whole steps; undefined when the field is absent or no number. */
function amountOf(plan: SlotPlan, event: Fields): number | undefined {
  if (plan.field === '') return 1;
  const value = event[plan.field];
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return plan.resolution === 1 && Number.isInteger(value) ? value : Math.round(value * plan.resolution);
}

function horizonOf(plan: SlotPlan): number {
  return plan.window.kind === 'sliding' ? plan.window.lengthMs + plan.window.offsetMs : 0;
}

function maxBytesOf(plan: SlotPlan): number {
  const numbers = plan.aggregation === 'average' ? 2 : 1;
  return SLOT_HEAD_BYTES + Math.ceil(plan.capacity / 8) + plan.capacity * numbers * NUMBER_BYTES;
}

function groupByType(plans: readonly SlotPlan[]): ReadonlyMap<string, readonly SlotPlan[]> {
  const groups = new Map<string, SlotPlan[]>();
  for (const plan of plans) {
    const group = groups.get(plan.definition.from);
    if (group === undefined) groups.set(plan.definition.from, [plan]);
    else group.push(plan);
  }
  return groups;
}

function uniqueBy<K>(plans: readonly SlotPlan[], keyOf: (plan: SlotPlan) => K): ReadonlyMap<K, SlotPlan> {
  const found = new Map<K, SlotPlan>();
  for (const plan of plans) {
    const other = found.get(keyOf(plan));
    if (other !== undefined) {
      throw new RangeError(`features ${other.definition.name} and ${plan.definition.name} have one identity`);
    }
    found.set(keyOf(plan), plan);
  }
  return found;
}
