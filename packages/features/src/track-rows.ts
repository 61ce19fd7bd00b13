import { beginBitmap, placeOf, setBit } from './bitmap.ts';
import { added, type Measure, type Track } from './plan.ts';
import { type Reader, readSigned, readUnsigned, type Writer, writeSigned, writeUnsigned } from './varint.ts';

/**
 * How a track is stored: nothing while it is empty; else the number of the newest tile, and a row per tile from the
 * newest back. A row is the distance to the row before it (not for the newest), a bit per measure, and a number for
 * each bit set. The newest row is always there, of the others only those with content.
 */

/** What one event adds to a track: amounts by place of the measure. Filled and emptied within one fold. */
export interface Inbox {
  readonly places: number[];
  readonly amounts: Float64Array;
  count: number;
}

/** The rows of one track, opened. Used again and again: reading is synchronous, and arrays per event would be most of it. */
export interface Rows {
  count: number;
  readonly tiles: Float64Array;
  /** `values[row * width + place]`; the neutral element where nothing was seen. */
  readonly values: Float64Array;
  readonly width: number;
}

export function createRows(rows: number, width: number): Rows {
  return { count: 0, tiles: new Float64Array(rows + 1), values: new Float64Array((rows + 1) * width), width };
}

/** Whether the amount was counted: false for a tile older than what its measure keeps. */
export function isKept(track: Track, { capacity }: Measure, newest: number, tile: number): boolean {
  return track.kind !== 'sliding' || tile > newest - capacity;
}

/** Reads `[reader.at, end)` as the track wrote it. @throws RangeError when the bytes are not of this layout */
export function readRows(reader: Reader, end: number, track: Track, into: Rows): void {
  into.count = 0;
  if (reader.at === end) return;
  let tile = readSigned(reader);
  for (let row = 0; row === 0 || reader.at < end; row += 1) {
    if (row >= into.tiles.length) throw new RangeError('feature bytes hold more tiles than the track keeps');
    if (row > 0) tile -= readUnsigned(reader);
    into.tiles[row] = tile;
    readRow(reader, track, into.values, row * into.width);
    into.count = row + 1;
  }
  if (reader.at !== end) throw new RangeError('feature bytes end too early');
}

/** A row of a tile without events, into `values[base + place]`. */
export function clearRow({ neutrals }: Track, values: Float64Array, base: number): void {
  for (let place = 0; place < neutrals.length; place += 1) values[base + place] = neutrals[place] as number;
}

/** One row into `values[base + place]`. */
export function readRow(reader: Reader, track: Track, values: Float64Array, base: number): void {
  const { bitmapBytes } = track;
  const { bytes } = reader;
  const bitmapAt = reader.at;
  reader.at += bitmapBytes;
  clearRow(track, values, base);
  for (let byte = 0; byte < bitmapBytes; byte += 1) {
    for (let bits = bytes[bitmapAt + byte] ?? 0; bits !== 0; bits &= bits - 1) {
      values[base + placeOf(byte, bits)] = readSigned(reader);
    }
  }
}

/** Adds what the inbox holds to a tile, opening a row where there is none. Answers false when a measure keeps none so old. */
export function addToRows(rows: Rows, track: Track, inbox: Inbox, tile: number): boolean {
  const newest = rows.count === 0 ? tile : Math.max(tile, rows.tiles[0] ?? tile);
  if (!hasRoomFor(rows, track, tile)) return false;
  const row = rowOf(rows, track, tile);
  let isInTime = true;
  for (let index = 0; index < inbox.count; index += 1) {
    const place = inbox.places[index] as number;
    const measure = track.measures[place] as Measure;
    if (!isKept(track, measure, newest, tile)) {
      isInTime = false;
      continue;
    }
    const at = row * rows.width + place;
    rows.values[at] = added(measure.combine, rows.values[at] as number, inbox.amounts[place] as number);
  }
  return isInTime;
}

/** Of cycles the two latest are kept: one before both is too old, whatever it holds. */
function hasRoomFor(rows: Rows, { kind, rows: most }: Track, tile: number): boolean {
  const { count, tiles } = rows;
  return kind !== 'cycle' || count < most || tile >= (tiles[count - 1] as number);
}

function rowOf(rows: Rows, track: Track, tile: number): number {
  const { tiles, values, width } = rows;
  let row = 0;
  while (row < rows.count && (tiles[row] as number) > tile) row += 1;
  if (row < rows.count && tiles[row] === tile) return row;
  // One row more than the track keeps has room; what is too old is left out when the rows are written.
  tiles.copyWithin(row + 1, row, rows.count);
  values.copyWithin((row + 1) * width, row * width, rows.count * width);
  tiles[row] = tile;
  clearRow(track, values, row * width);
  rows.count += 1;
  return row;
}

/** What is kept depends on the newest tile only, so the same events give the same bytes in any order. */
export function writeRows(writer: Writer, rows: Rows, track: Track): void {
  if (rows.count === 0) return;
  const newest = rows.tiles[0] as number;
  writeSigned(writer, newest);
  writeNewestRow(writer, track, rows.values);
  let before = newest;
  let written = 1;
  for (let row = 1; row < rows.count && written < track.rows; row += 1) {
    const tile = rows.tiles[row] as number;
    const from = writer.at;
    writeUnsigned(writer, before - tile);
    if (writeRow(writer, track, rows.values, { base: row * rows.width, newest, tile })) {
      before = tile;
      written += 1;
    } else writer.at = from;
  }
}

/** The row of the newest tile, `values[place]`: all of it is kept. */
export function writeNewestRow(writer: Writer, { neutrals, bitmapBytes }: Track, values: Float64Array): void {
  const bitmapAt = beginBitmap(writer, bitmapBytes);
  for (let place = 0; place < neutrals.length; place += 1) {
    const value = values[place] as number;
    if (value === neutrals[place]) continue;
    setBit(writer.bytes, bitmapAt, place);
    writeSigned(writer, value);
  }
}

interface RowPlace {
  readonly base: number;
  readonly newest: number;
  readonly tile: number;
}

/** One row of `values[base + place]`. Answers whether anything is in it. */
function writeRow(writer: Writer, track: Track, values: Float64Array, { base, newest, tile }: RowPlace): boolean {
  const bitmapAt = beginBitmap(writer, track.bitmapBytes);
  let isAny = false;
  for (let place = 0; place < track.measures.length; place += 1) {
    const measure = track.measures[place] as Measure;
    const value = values[base + place] as number;
    if (value === measure.neutral || !isKept(track, measure, newest, tile)) continue;
    setBit(writer.bytes, bitmapAt, place);
    writeSigned(writer, value);
    isAny = true;
  }
  return isAny;
}
