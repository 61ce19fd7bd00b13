import type { FeatureSlots, FoldContext } from './model.ts';
import { type Reader, readUnsigned, type Writer, writeUnsigned } from './varint.ts';

const MINUTE_MS = 60_000;
const NEVER = Number.POSITIVE_INFINITY;

type Coverage = Pick<FeatureSlots, 'since' | 'firstSince' | 'isCovered'>;

/** Since when the feature at `index` is covered, ms; Infinity when it is not. */
export function sinceOf({ since, firstSince }: Coverage, index: number): number {
  return since === undefined ? firstSince : (since[index] ?? NEVER);
}

export function isBefore(coverage: Coverage, atMs: number): boolean {
  return atMs < coverage.firstSince || !coverage.isCovered;
}

/**
 * Coverage begins with the earliest event folded, in event time: the least of all is the same in any order. A feature
 * added later has a coverage of its own, always after the customer's, which a late event does not move.
 */
export function cover(coverage: Coverage, { atMs, foldedAtMs = atMs }: FoldContext): void {
  const before = coverage.firstSince;
  coverage.firstSince = Math.min(before, Math.floor(atMs / MINUTE_MS) * MINUTE_MS);
  const foldedAt = Math.ceil(Math.max(atMs, foldedAtMs) / MINUTE_MS) * MINUTE_MS;
  const added = Math.max(foldedAt, coverage.firstSince + MINUTE_MS);
  coverage.isCovered = true;
  coverage.since = coverage.since?.map((since) => {
    if (since === before) return coverage.firstSince;
    return since === NEVER ? added : since;
  });
}

/** Minutes of the customer's coverage + 1, 0 for none; then those features whose own differs: place + 1, minutes after + 1. */
export function writeCoverage(writer: Writer, { since, firstSince }: Coverage): void {
  writeUnsigned(writer, firstSince === NEVER ? 0 : firstSince / MINUTE_MS + 1);
  if (since !== undefined && firstSince !== NEVER) {
    for (let index = 0; index < since.length; index += 1) {
      const own = since[index] as number;
      if (own === firstSince) continue;
      writeUnsigned(writer, index + 1);
      writeUnsigned(writer, own === NEVER ? 0 : (own - firstSince) / MINUTE_MS + 1);
    }
  }
  writeUnsigned(writer, 0);
}

/** `count`: features of the set that wrote it. */
export function readCoverage(reader: Reader, count: number, into: Coverage): void {
  const minutes = readUnsigned(reader);
  into.firstSince = minutes === 0 ? NEVER : (minutes - 1) * MINUTE_MS;
  into.since = undefined;
  into.isCovered = minutes !== 0;
  for (let place = readUnsigned(reader); place > 0; place = readUnsigned(reader)) {
    if (place > count) throw new RangeError('feature bytes cover a feature that is not in their set');
    into.since ??= new Array<number>(count).fill(into.firstSince);
    const own = readUnsigned(reader);
    into.since[place - 1] = own === 0 ? NEVER : into.firstSince + (own - 1) * MINUTE_MS;
    if (own === 0) into.isCovered = false;
  }
}
