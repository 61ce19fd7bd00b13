import { added, type Measure, type Track } from './plan.ts';
import {
  addToRows,
  clearRow,
  type Inbox,
  type Rows,
  readRow,
  readRows,
  writeNewestRow,
  writeRows,
} from './track-rows.ts';
import { type Reader, readSigned, type Writer, writeSigned } from './varint.ts';

/** Where a track's rows lie, `[at, end)`. */
export interface Stored extends Reader {
  end: number;
}

/** A track with what an event brings it. `rows` is scratch. */
export interface FedTrack {
  readonly track: Track;
  readonly inbox: Inbox;
  readonly rows: Rows;
}

/** What is read and what is written. One object for all folds: those of an event would only be collected. */
export interface Streams {
  readonly stored: Stored;
  writer: Writer;
}

/**
 * Writes the track anew with what the inbox holds. Most events fall into the newest tile: then one row is opened and the
 * others are copied. Answers false when the tile is too old for a measure.
 */
export function foldTrack({ track, inbox, rows }: FedTrack, tile: number, { stored, writer }: Streams): boolean {
  const from = stored.at;
  const isFirst = from === stored.end;
  if (isFirst || readSigned(stored) === tile) {
    if (isFirst) clearRow(track, rows.values, 0);
    else readRow(stored, track, rows.values, 0);
    addToRow(rows.values, track, inbox);
    writeSigned(writer, tile);
    writeNewestRow(writer, track, rows.values);
    copyBytes(writer, stored.bytes, stored.at, stored.end);
    return true;
  }
  stored.at = from;
  readRows(stored, stored.end, track, rows);
  const isInTime = addToRows(rows, track, inbox, tile);
  writeRows(writer, rows, track);
  return isInTime;
}

function addToRow(values: Float64Array, { measures }: Track, { places, amounts, count }: Inbox): void {
  for (let index = 0; index < count; index += 1) {
    const place = places[index] as number;
    const { combine } = measures[place] as Measure;
    values[place] = added(combine, values[place] as number, amounts[place] as number);
  }
}

/** Up to here a loop is cheaper than a call into the runtime. */
const FEW_BYTES = 48;

/** `[from, to)` of `source` to where the writer is. */
export function copyBytes(writer: Writer, source: Buffer, from: number, to: number): void {
  const { bytes } = writer;
  if (to - from > FEW_BYTES) {
    source.copy(bytes, writer.at, from, to);
    writer.at += to - from;
    return;
  }
  let at = writer.at;
  for (let index = from; index < to; index += 1) bytes[at++] = source[index] as number;
  writer.at = at;
}
