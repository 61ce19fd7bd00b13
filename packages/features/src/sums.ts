import { placeOf } from './bitmap.ts';
import type { FeatureSlots, ValueTime } from './model.ts';
import { combined, type Measure, type TileUse, type Track } from './plan.ts';
import { tileAt } from './reach.ts';
import { cursor, moveTo } from './section-cursor.ts';
import { readSigned, readUnsigned } from './varint.ts';

/**
 * What all windows of a track come to at one moment. Rules ask for many features of one track, so its rows are gone
 * through once for all of them, when the first is asked for.
 */
export interface Sums {
  /** What it was worked out for. */
  edition: number;
  asOfMs: number;
  cycleStartMs: number;
  running: number;
  /** By use. */
  readonly totals: Float64Array;
  readonly firsts: Float64Array;
  readonly lasts: Float64Array;
  rows: number;
  newest: number;
  oldest: number;
}

export function createSums({ uses }: Track): Sums {
  const numbers = () => new Float64Array(uses.length);
  const never = { edition: -1, asOfMs: 0, cycleStartMs: 0, running: 0, rows: 0, newest: 0, oldest: 0 };
  return { ...never, totals: numbers(), firsts: numbers(), lasts: numbers() };
}

/** Whether they are of that moment. */
export function isOf(sums: Sums, slots: FeatureSlots, { asOfMs, cycleStartMs }: ValueTime): boolean {
  return sums.edition === slots.edition && sums.asOfMs === asOfMs && sums.cycleStartMs === cycleStartMs;
}

/** Works them out for the moment; `section` is that of the track. */
export function sumUp(sums: Sums, track: Track, slots: FeatureSlots, section: number, time: ValueTime): void {
  sums.edition = slots.edition;
  sums.asOfMs = time.asOfMs;
  sums.cycleStartMs = time.cycleStartMs;
  const oldestWanted = aim(sums, track, time);
  const end = moveTo(slots, section);
  sums.rows = 0;
  if (cursor.at === end) return;
  let tile = readSigned(cursor);
  sums.newest = tile;
  for (let row = 0; row === 0 || cursor.at < end; row += 1) {
    if (row > 0) tile -= readUnsigned(cursor);
    sums.rows += 1;
    sums.oldest = tile;
    if (tile < oldestWanted) return;
    addRow(sums, track, tile);
  }
}

/** Sets the windows of this moment; answers the oldest tile that one of them holds. */
function aim(sums: Sums, track: Track, time: ValueTime): number {
  const { totals, firsts, lasts } = sums;
  const { uses } = track;
  const running = tileAt(track, time.asOfMs, time.cycleStartMs);
  sums.running = running;
  let oldest = running;
  for (let use = 0; use < uses.length; use += 1) {
    const { measure, offsetTiles, lengthTiles } = uses[use] as TileUse;
    const first = running - offsetTiles - lengthTiles + 1;
    totals[use] = measure.neutral;
    firsts[use] = first;
    lasts[use] = running - offsetTiles;
    if (first < oldest) oldest = first;
  }
  return oldest;
}

function addRow({ totals, firsts, lasts }: Sums, { measures, usesOf, bitmapBytes }: Track, tile: number): void {
  const { bytes } = cursor;
  const bitmapAt = cursor.at;
  cursor.at += bitmapBytes;
  for (let byte = 0; byte < bitmapBytes; byte += 1) {
    for (let bits = bytes[bitmapAt + byte] as number; bits !== 0; bits &= bits - 1) {
      const place = placeOf(byte, bits);
      const { combine } = measures[place] as Measure;
      const value = readSigned(cursor);
      for (const use of usesOf[place] as readonly number[]) {
        if (tile < (firsts[use] as number) || tile > (lasts[use] as number)) continue;
        totals[use] = combined(combine, totals[use] as number, value);
      }
    }
  }
}
