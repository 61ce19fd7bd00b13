import type { FeatureSlot, FeatureSlots } from './model.ts';
import { emptySlot, type SlotPlan } from './slot.ts';
import { type Reader, readByte, readSigned, readUnsigned, type Writer, writeSigned, writeUnsigned } from './varint.ts';

/**
 * Layout: base coverage (minutes), then per definition in order of id: 4 bytes id, a byte of flags, and what the flags
 * announce: coverage after the base, newest, older, length of the bitmap and its bytes, one number per set bit (two
 * with counts). A slot can be skipped without knowing its definition.
 */
const FLAG = { content: 1, ownSince: 2, counts: 4, older: 8, uncovered: 16 } as const;
const MINUTE_MS = 60_000;

export function writeSlots(writer: Writer, slots: FeatureSlots, plansById: readonly SlotPlan[]): void {
  const base = earliest(slots.since);
  writeUnsigned(writer, base === Number.POSITIVE_INFINITY ? 0 : base / MINUTE_MS);
  for (const plan of plansById) {
    writeId(writer, plan.id);
    writeSlot(writer, plan, slots.slots[plan.index], (slots.since[plan.index] ?? base) - base);
  }
}

/** @throws RangeError when the bytes are not of this layout */
export function readSlots(reader: Reader, slots: FeatureSlots, planOf: (id: number) => SlotPlan | undefined): void {
  const base = readUnsigned(reader) * MINUTE_MS;
  while (reader.at < reader.bytes.length) {
    const plan = planOf(readId(reader));
    const flags = readByte(reader);
    const since = flags & FLAG.ownSince ? base + readUnsigned(reader) * MINUTE_MS : base;
    if (plan !== undefined) slots.since[plan.index] = flags & FLAG.uncovered ? Number.POSITIVE_INFINITY : since;
    if ((flags & FLAG.content) === 0) continue;
    const slot = readContent(reader, flags, plan);
    if (plan !== undefined) slots.slots[plan.index] = slot;
  }
  slots.latestSince = slots.since.reduce((latest, since) => Math.max(latest, since), Number.NEGATIVE_INFINITY);
}

function writeSlot(writer: Writer, plan: SlotPlan, slot: FeatureSlot | undefined, sinceAfterBase: number): void {
  // The base is Infinity for a customer without events: Infinity - Infinity is NaN.
  const isCovered = Number.isFinite(sinceAfterBase);
  let flags = isCovered ? 0 : FLAG.uncovered;
  if (isCovered && sinceAfterBase > 0) flags |= FLAG.ownSince;
  if (slot !== undefined) flags |= FLAG.content;
  if (slot?.counts !== undefined) flags |= FLAG.counts;
  if (slot !== undefined && slot.older !== 0) flags |= FLAG.older;
  writer.bytes[writer.at++] = flags;
  if (flags & FLAG.ownSince) writeUnsigned(writer, sinceAfterBase / MINUTE_MS);
  if (slot !== undefined) writeContent(writer, plan, slot);
}

function writeContent(writer: Writer, plan: SlotPlan, slot: FeatureSlot): void {
  writeSigned(writer, slot.newest);
  if (slot.older !== 0) writeUnsigned(writer, slot.newest - slot.older);
  let length = slot.values.length;
  while (length > 0 && isEmpty(plan, slot, length - 1)) length -= 1;
  writeUnsigned(writer, length);
  const bitmapAt = writer.at;
  writer.at += (length + 7) >> 3;
  writer.bytes.fill(0, bitmapAt, writer.at);
  for (let back = 0; back < length; back += 1) {
    if (isEmpty(plan, slot, back)) continue;
    const byteAt = bitmapAt + (back >> 3);
    writer.bytes[byteAt] = (writer.bytes[byteAt] ?? 0) | (1 << (back & 7));
    writeSigned(writer, slot.values[back] ?? 0);
    if (slot.counts !== undefined) writeUnsigned(writer, slot.counts[back] ?? 0);
  }
}

function readContent(reader: Reader, flags: number, plan: SlotPlan | undefined): FeatureSlot {
  const newest = readSigned(reader);
  const older = flags & FLAG.older ? newest - readUnsigned(reader) : 0;
  const length = readUnsigned(reader);
  const bitmapAt = reader.at;
  reader.at += Math.ceil(length / 8);
  if (reader.at > reader.bytes.length) throw new RangeError('feature bytes end too early');
  const slot = plan === undefined ? skipped(newest, flags) : emptySlot(plan, newest);
  slot.older = older;
  for (let back = 0; back < length; back += 1) {
    const isSet = ((reader.bytes[bitmapAt + (back >> 3)] ?? 0) >> (back & 7)) & 1;
    slot.values[back] = isSet ? readSigned(reader) : (plan?.neutral ?? 0);
    if (slot.counts !== undefined) slot.counts[back] = isSet ? readUnsigned(reader) : 0;
  }
  if (older !== 0 && slot.values.length < 2) slot.values.push(plan?.neutral ?? 0);
  if (older !== 0 && slot.counts !== undefined && slot.counts.length < 2) slot.counts.push(0);
  return slot;
}

function skipped(newest: number, flags: number): FeatureSlot {
  return { newest, older: 0, values: [], counts: flags & FLAG.counts ? [] : undefined };
}

function isEmpty(plan: SlotPlan, slot: FeatureSlot, back: number): boolean {
  return slot.values[back] === plan.neutral && (slot.counts === undefined || slot.counts[back] === 0);
}

function earliest(since: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const one of since) if (one < least) least = one;
  return least;
}

function writeId(writer: Writer, id: number): void {
  for (let shift = 0; shift < 32; shift += 8) writer.bytes[writer.at++] = (id >>> shift) & 255;
}

function readId(reader: Reader): number {
  let id = 0;
  for (let shift = 0; shift < 32; shift += 8) id |= readByte(reader) << shift;
  return id >>> 0;
}
