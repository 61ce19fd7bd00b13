import { beginBitmap, bitmapBytes, isBitSet, setBit } from './bitmap.ts';
import type { Point } from './plan.ts';
import { type Reader, readSigned, type Writer, writeSigned } from './varint.ts';

/** The newest events, opened: the time of each, not a number where there is none, and the value where one is kept. */
export interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export function createPoints(count: number): Points {
  return { times: new Float64Array(count), values: new Float64Array(count) };
}

/**
 * Stored as nothing while there is none; else a bit per point, and for each bit set the time and, where one is kept, the
 * value. Reads `[reader.at, end)`. @throws RangeError when the bytes are not of this layout
 */
export function readPoints(reader: Reader, end: number, points: readonly Point[], into: Points): void {
  into.times.fill(Number.NaN);
  if (reader.at === end) return;
  const bitmapAt = reader.at;
  reader.at += bitmapBytes(points.length);
  for (const { place, field } of points) {
    if (!isBitSet(reader.bytes, bitmapAt, place)) continue;
    into.times[place] = readSigned(reader);
    into.values[place] = field === '' ? 0 : readSigned(reader);
  }
  if (reader.at !== end) throw new RangeError('feature bytes end too early');
}

export function writePoints(writer: Writer, points: readonly Point[], { times, values }: Points): void {
  if (times.every(Number.isNaN)) return;
  const bitmapAt = beginBitmap(writer, bitmapBytes(points.length));
  for (const { place, field } of points) {
    const time = times[place] as number;
    if (Number.isNaN(time)) continue;
    setBit(writer.bytes, bitmapAt, place);
    writeSigned(writer, time);
    if (field !== '') writeSigned(writer, values[place] as number);
  }
}

/** The newest event stays; of several at one instant the largest value, so that order does not matter. */
export function addToPoint({ times, values }: Points, place: number, amount: number, atMs: number): void {
  const known = times[place] as number;
  if (known > atMs) return;
  values[place] = known === atMs ? Math.max(values[place] as number, amount) : amount;
  times[place] = atMs;
}
