import { bitmapBytes } from './bitmap.ts';
import { DATED_BYTES } from './dated-value.ts';
import { SET_ID_BYTES } from './dictionary.ts';
import { DISTINCT_BYTES } from './distinct.ts';
import { LINE_KEY_BYTES } from './lines.ts';
import { type FeatureSize, MOST_LINES, type SetSize } from './model.ts';
import type { Digest, Feed, Layout, Measure, Point, SetPlan, Track } from './plan.ts';
import { LENGTH_BYTES } from './sections.ts';

/** A number up to 2^53, and an amount up to `MOST_STEPS`. */
const NUMBER_BYTES = 9;
const AMOUNT_BYTES = 8;

/** Something stored, with the features that it is stored for. */
interface Item {
  readonly readers: readonly string[];
  readonly bytes: number;
  /** What every feature of a track needs is said of none of them in particular. */
  readonly isRows?: boolean;
}

/** What the features of a set take at the most, each thing counted once: for the first feature that reads it. */
export function sizeOf(plan: SetPlan): SetSize {
  const items = [...itemsOf(plan), ...lineItems(plan.lines)];
  const features = plan.features.map(({ definition: { name } }) => featureSize(name, items));
  const own = headerBytes(plan);
  return { bytes: items.reduce((total, { bytes }) => total + bytes, own), features };
}

function featureSize(name: string, items: readonly Item[]): FeatureSize {
  const read = items.filter(({ readers }) => readers.includes(name));
  const bytes = read.reduce((total, item) => (item.readers[0] === name ? total + item.bytes : total), 0);
  const others = read.flatMap(({ readers, isRows }) => (isRows ? [] : readers)).filter((other) => other !== name);
  return { name, bytes, sharedWith: [...new Set(others)] };
}

/** Name of the set, the customer's coverage, and where each feature has one of its own; the empty points. */
function headerBytes({ features }: SetPlan): number {
  return SET_ID_BYTES + NUMBER_BYTES + 1 + features.length * (lengthOf(features.length) + NUMBER_BYTES) + LENGTH_BYTES;
}

/** Everything that is kept of a line, once for each. */
function lineItems(lines: Layout | undefined): readonly Item[] {
  if (lines === undefined) return [];
  const items = itemsOf(lines).map((item) => ({ ...item, bytes: MOST_LINES * item.bytes }));
  const readers = lines.feeds.flatMap(({ target }) => readersOf(target));
  const line = LINE_KEY_BYTES + 2 * LENGTH_BYTES;
  return [...items, { readers, bytes: LENGTH_BYTES + MOST_LINES * line, isRows: true }];
}

function readersOf(target: Feed['target']): readonly string[] {
  if (target.kind === 'measure') return target.measure.readers;
  return target.kind === 'point' ? target.point.readers : target.digest.readers;
}

function itemsOf({ tracks, points, digests }: Layout): readonly Item[] {
  return [
    ...tracks.flatMap(trackItems),
    ...points.map((point) => pointItem(point, points)),
    ...digests.map(digestItem),
  ];
}

/** Every measure has a number in each tile it keeps; the rows are there for those that keep most. */
function trackItems(track: Track): readonly Item[] {
  const longest = track.measures.filter(({ capacity }) => capacity === track.rows);
  return [
    { readers: longest.flatMap(({ readers }) => readers), bytes: rowsBytes(track), isRows: true },
    ...track.measures.map(({ readers, capacity }: Measure) => ({ readers, bytes: capacity * AMOUNT_BYTES })),
  ];
}

/** One row more than is kept is written while the oldest goes. */
function rowsBytes({ kind, rows, bitmapBytes: bits, measures }: Track): number {
  const distance = kind === 'sliding' ? lengthOf(rows) : NUMBER_BYTES;
  return LENGTH_BYTES + NUMBER_BYTES + (rows + 1) * (bits + distance) + measures.length * AMOUNT_BYTES;
}

function pointItem({ field, place, readers }: Point, points: readonly Point[]): Item {
  const value = field === '' ? 0 : AMOUNT_BYTES;
  return { readers, bytes: NUMBER_BYTES + value + (place === 0 ? bitmapBytes(points.length) : 0) };
}

function digestItem({ content, kind, capacity, readers }: Digest): Item {
  const distance = kind === 'sliding' ? lengthOf(capacity) : NUMBER_BYTES;
  const tile = distance + LENGTH_BYTES + (content === 'distinct' ? DISTINCT_BYTES : DATED_BYTES);
  return { readers, bytes: LENGTH_BYTES + NUMBER_BYTES + capacity * tile };
}

/** Bytes of a number up to that. */
function lengthOf(most: number): number {
  return Math.ceil(Math.log2(most + 1) / 7) || 1;
}
