import type { Aggregation, Window } from '@holdfast/features';
import type { Reporter } from './diagnostic.ts';
import type { RecordReader } from './reader.ts';
import { parseDuration } from './units.ts';
import { placeOf, scalarText } from './yaml-source.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Steps of tiles that read well in minutes, hours, days and weeks. */
const HOPS = [1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map((minutes) => minutes * MINUTE);
/** A default hop divides a window into at most so many tiles. */
const DEFAULT_TILES = 32;
/** Bound of the tiles of one feature, and so of its bytes. */
const MAX_TILES = 512;
/** Bound of a window with its offset, and with its past. */
const MAX_DAYS = 400;

/** How far a feature looks beyond its window. */
export interface Beyond {
  /** Windows before it that it is compared with. */
  readonly windows: number;
}

/** `window`, `hop` and `offset` of a feature. */
export function readWindow(
  reader: RecordReader,
  aggregation: Aggregation,
  beyond: Beyond,
  report: Reporter,
): Window | undefined {
  const entry = reader.entry('window');
  if (aggregation === 'elapsedSince' && entry !== undefined) {
    report.error(placeOf(entry), 'elapsedSince has no window: it looks at the newest event');
    return undefined;
  }
  if (aggregation === 'elapsedSince' || (aggregation === 'last' && entry === undefined)) {
    return withoutTiles(reader, 'ever', report);
  }
  const text = reader.required('window') === undefined ? undefined : reader.text('window');
  if (entry === undefined || text === undefined) return undefined;
  const needsTiles = aggregation === 'rate' || aggregation === 'streak';
  if (needsTiles && (text === 'cycle' || text === 'ever')) {
    report.error(placeOf(entry), `${aggregation} needs a window such as 7d, not ${text}`);
    return undefined;
  }
  if (text === 'cycle' || text === 'ever') return withoutTiles(reader, text, report);
  if (aggregation === 'streak' && !isStreakRight(reader, report)) return undefined;
  return slidingWindow(reader, text, beyond, report);
}

/** Its tiles are what it counts, so nobody should have to guess their width. */
function isStreakRight(reader: RecordReader, report: Reporter): boolean {
  const offset = reader.entry('offset');
  if (offset !== undefined) report.error(placeOf(offset), 'offset has no meaning for streak: it ends now');
  if (!reader.has('hop')) report.error(reader.place, 'streak needs hop: the stretch that has an event or has none');
  return offset === undefined && reader.has('hop');
}

function slidingWindow(reader: RecordReader, text: string, { windows }: Beyond, report: Reporter): Window | undefined {
  const entry = reader.entry('window');
  const place = entry === undefined ? reader.place : placeOf(entry);
  const lengthMs = parseDuration(text);
  const offsetMs = reader.has('offset') ? reader.durationMs('offset') : 0;
  if (lengthMs === undefined || lengthMs === 0) {
    report.error(place, 'window must be a duration such as 24h or 7d, or cycle, or ever');
    return undefined;
  }
  if (offsetMs === undefined) return undefined;
  const reachMs = lengthMs * (1 + windows) + offsetMs;
  if (reachMs > MAX_DAYS * DAY) {
    const what = windows === 0 ? 'window and offset reach' : `window, offset and ${windows} windows before reach`;
    report.error(place, `${what} back more than ${MAX_DAYS}d`);
    return undefined;
  }
  const hopMs = reader.has('hop') ? reader.durationMs('hop') : defaultHop(lengthMs, offsetMs);
  return hopMs !== undefined && isHopRight(reader, { lengthMs, offsetMs, reachMs, hopMs }, report)
    ? { kind: 'sliding', lengthMs, hopMs, offsetMs }
    : undefined;
}

function withoutTiles(reader: RecordReader, kind: 'cycle' | 'ever', report: Reporter): Window | undefined {
  for (const key of ['hop', 'offset']) {
    const entry = reader.entry(key);
    if (entry === undefined) continue;
    report.error(placeOf(entry), `${key} has no meaning for window: ${kind}`);
    return undefined;
  }
  return { kind };
}

interface Lengths {
  readonly lengthMs: number;
  readonly offsetMs: number;
  /** From now to the oldest moment looked at. */
  readonly reachMs: number;
  readonly hopMs: number;
}

function isHopRight(reader: RecordReader, { lengthMs, offsetMs, reachMs, hopMs }: Lengths, report: Reporter): boolean {
  const entry = reader.entry('hop') ?? reader.entry('window');
  const place = entry === undefined ? reader.place : placeOf(entry);
  if (hopMs < MINUTE || lengthMs % hopMs !== 0 || offsetMs % hopMs !== 0) {
    report.error(place, 'window and offset must be multiples of a hop of at least 1m');
    return false;
  }
  const tiles = reachMs / hopMs;
  if (tiles > MAX_TILES) report.error(place, `${tiles} tiles are more than ${MAX_TILES}: choose a larger hop`);
  return tiles <= MAX_TILES;
}

/** The finest hop that divides window and offset and keeps the window within the default number of tiles. */
function defaultHop(lengthMs: number, offsetMs: number): number {
  const divides = (hop: number): boolean => lengthMs % hop === 0 && offsetMs % hop === 0;
  const fitting = HOPS.find((hop) => lengthMs / hop <= DEFAULT_TILES && divides(hop));
  return fitting ?? [...HOPS].reverse().find(divides) ?? lengthMs;
}

/** Of a `unit`, ms. */
const UNITS: Readonly<Record<string, number>> = { minutes: MINUTE, hours: 60 * MINUTE, days: DAY };

export function readUnit(reader: RecordReader, aggregation: Aggregation, report: Reporter): number | undefined {
  const entry = reader.entry('unit');
  if (entry === undefined) return DAY;
  if (aggregation !== 'elapsedSince') {
    report.error(placeOf(entry), 'unit has a meaning for elapsedSince only');
    return undefined;
  }
  const unitMs = UNITS[scalarText(entry) ?? ''];
  if (unitMs === undefined) report.error(placeOf(entry), `unit must be one of ${Object.keys(UNITS).join(', ')}`);
  return unitMs;
}
