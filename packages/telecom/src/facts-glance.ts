import { type ByteReader, readBlock, readLength, readLong, readText, skipBytes, skipLong } from './avro-bytes.ts';
import type { CustomerState, Facts } from './customer-state.ts';
import { allowanceOf, knownSince, mainLine, textOf } from './lines.ts';

/** What every event asks of the facts. */
export interface FactsGlance {
  /** IANA; UTC when not known. */
  readonly timeZone: string;
  /** Of the main line; undefined when there is none. */
  readonly cycleDay: number | undefined;
  /** See `allowanceOf`. */
  readonly dataAllowanceMb: number | undefined;
  /** See `knownSince`. */
  readonly knownSinceMs: number | undefined;
}

/** Facts as layout 1 writes them can be glanced at without reading them all. */
export interface GlanceCodec {
  glance(bytes: Buffer, from: number, to: number): FactsGlance;
}

/** Kept until the facts change. */
export function glanceOf(state: CustomerState): FactsGlance {
  state.glance ??= fresh(state);
  return state.glance;
}

function fresh({ facts }: CustomerState): FactsGlance {
  const unread = facts.unread();
  if (unread !== undefined && isGlanceCodec(unread.codec))
    return unread.codec.glance(unread.bytes, unread.from, unread.to);
  return glanceAt(facts.read());
}

function isGlanceCodec(codec: object): codec is GlanceCodec {
  return 'glance' in codec;
}

function glanceAt(facts: Facts): FactsGlance {
  return {
    timeZone: textOf(facts, 'timeZone') ?? 'UTC',
    cycleDay: mainLine(facts)?.cycleDay,
    dataAllowanceMb: allowanceOf(facts),
    knownSinceMs: knownSince(facts),
  };
}

/** Places in the enumerations of layout 1. */
const TIME_ZONE = 1;
const TERMINATED = 2;
const MOBILE = Buffer.from('MOBILE');
const DOUBLE_BYTES = 8;

/** The same as `glanceAt` of the facts stored in `[from, to)` in layout 1. */
export function glanceAtStored(bytes: Buffer, from: number): FactsGlance {
  const reader: ByteReader = { bytes, at: from };
  skipLong(reader);
  const timeZone = readTimeZone(reader);
  let cycleDay: number | undefined;
  let allowanceMb = 0;
  let mainSince = Number.POSITIVE_INFINITY;
  let knownSinceMs: number | undefined;
  for (let count = readBlock(reader); count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) {
      skipBytes(reader);
      const isMobile = readIsMobile(reader);
      const day = readLong(reader);
      const activatedAt = readLong(reader);
      skipBytes(reader);
      const lineAllowanceMb = bytes.readDoubleLE(reader.at);
      reader.at += DOUBLE_BYTES;
      skipLong(reader);
      const status = readLong(reader);
      skipLong(reader);
      if (activatedAt > 0 && (knownSinceMs === undefined || activatedAt < knownSinceMs)) knownSinceMs = activatedAt;
      if (!isMobile || status === TERMINATED) continue;
      allowanceMb = lineAllowanceMb < 0 ? Number.NEGATIVE_INFINITY : allowanceMb + lineAllowanceMb;
      if (cycleDay !== undefined && activatedAt >= mainSince) continue;
      mainSince = activatedAt;
      cycleDay = day;
    }
  }
  const dataAllowanceMb = cycleDay === undefined || allowanceMb < 0 ? undefined : allowanceMb;
  return { timeZone, cycleDay, dataAllowanceMb, knownSinceMs };
}

function readTimeZone(reader: ByteReader): string {
  let timeZone = 'UTC';
  for (let count = readBlock(reader); count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) {
      if (readLong(reader) === TIME_ZONE) timeZone = readText(reader);
      else skipBytes(reader);
      skipLong(reader);
    }
  }
  return timeZone;
}

function readIsMobile(reader: ByteReader): boolean {
  const length = readLength(reader);
  const { bytes, at } = reader;
  reader.at += length;
  if (length !== MOBILE.length) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== MOBILE[index]) return false;
  return true;
}
