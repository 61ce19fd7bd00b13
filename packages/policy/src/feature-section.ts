import type { Aggregation, BoundFeature, Window } from '@holdfast/features';
import type { FieldType } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import { type RecordReader, readRecord } from './reader.ts';
import { parseDuration } from './units.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Steps of tiles that read well in minutes, hours, days and weeks. */
const HOPS = [1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map((minutes) => minutes * MINUTE);
/** A default hop divides a window into at most so many tiles. */
const DEFAULT_TILES = 32;
/** Bound of the tiles of one feature, and so of its bytes. */
const MAX_TILES = 512;
/** Bound of a window with its offset. */
const MAX_DAYS = 400;
const FRACTION_STEPS = 1024;
const AGGREGATIONS = ['count', 'sum', 'min', 'max', 'average', 'last', 'elapsedSince'] as const;
const UNITS: Readonly<Record<string, number>> = { minutes: MINUTE, hours: HOUR, days: DAY };
const KEYS = ['from', 'where', ...AGGREGATIONS, 'window', 'hop', 'offset', 'unit'];

/** One declared feature: `{ from, where?, <aggregation>: <field>, window, hop?, offset?, unit? }`. */
export function readFeature(
  entry: Entry,
  events: Readonly<Record<string, Readonly<Record<string, FieldType>>>>,
  compiler: ExpressionCompiler,
  report: Reporter,
): BoundFeature | undefined {
  const reader = readRecord(entry, 'a feature', KEYS, report);
  const from = reader?.required('from') === undefined ? undefined : reader.text('from');
  if (reader === undefined || from === undefined) return undefined;
  const fields = events[from];
  if (fields === undefined) {
    report.unknown(placeOf(reader.entry('from') ?? entry), 'event type', from, Object.keys(events));
    return undefined;
  }
  const aggregation = readAggregation(reader, report);
  const window = aggregation === undefined ? undefined : readWindow(reader, aggregation, report);
  if (aggregation === undefined || window === undefined) return undefined;
  const amount = readAmount(reader, aggregation, from, fields, report);
  const where = reader.entry('where');
  const filter = where === undefined ? undefined : compiler.filter(where, from);
  const unitMs = readUnit(reader, aggregation, report);
  if (amount === undefined || unitMs === undefined || (where !== undefined && filter === undefined)) return undefined;
  return {
    name: entry.key,
    from,
    aggregation,
    ...amount,
    where: filter?.source ?? '',
    window,
    unitMs,
    matches: filter?.matches ?? everything,
  };
}

const everything = (): boolean => true;

function readAggregation(reader: RecordReader, report: Reporter): Aggregation | undefined {
  const given = AGGREGATIONS.filter((aggregation) => reader.has(aggregation));
  if (given.length === 1) return given[0];
  report.error(reader.place, `a feature needs exactly one of ${AGGREGATIONS.join(', ')}`);
  return undefined;
}

function readAmount(
  reader: RecordReader,
  aggregation: Aggregation,
  from: string,
  fields: Readonly<Record<string, FieldType>>,
  report: Reporter,
): { readonly field?: string; readonly resolution: number } | undefined {
  const entry = reader.entry(aggregation);
  if (entry === undefined) return undefined;
  const text = scalarText(entry);
  const fixed = aggregation === 'count' ? 'true' : aggregation === 'elapsedSince' ? 'last' : undefined;
  if (fixed !== undefined) {
    if (text === fixed) return { resolution: 1 };
    report.error(placeOf(entry), `${aggregation} is written "${aggregation}: ${fixed}"`);
    return undefined;
  }
  const field = text === undefined ? undefined : fields[text];
  if (text === undefined || field === undefined) {
    report.unknown(placeOf(entry), `field of ${from}`, text ?? '', Object.keys(fields));
    return undefined;
  }
  if (field.type !== 'double') {
    report.error(placeOf(entry), `${aggregation} needs a field with a number, "${text}" is a ${field.type}`);
    return undefined;
  }
  return { field: text, resolution: field.isWhole ? 1 : FRACTION_STEPS };
}

function readWindow(reader: RecordReader, aggregation: Aggregation, report: Reporter): Window | undefined {
  const entry = reader.entry('window');
  const isPointInTime = aggregation === 'last' || aggregation === 'elapsedSince';
  if (isPointInTime && entry !== undefined) {
    report.error(placeOf(entry), `${aggregation} has no window: it looks at the newest event`);
    return undefined;
  }
  if (isPointInTime) return { kind: 'ever' };
  const text = reader.required('window') === undefined ? undefined : reader.text('window');
  if (entry === undefined || text === undefined) return undefined;
  if (text === 'cycle' || text === 'ever') return withoutTiles(reader, text, report);
  const lengthMs = parseDuration(text);
  const offsetMs = reader.has('offset') ? reader.durationMs('offset') : 0;
  if (lengthMs === undefined || lengthMs === 0) {
    report.error(placeOf(entry), 'window must be a duration such as 24h or 7d, or cycle, or ever');
    return undefined;
  }
  if (offsetMs === undefined) return undefined;
  if (lengthMs + offsetMs > MAX_DAYS * DAY) {
    report.error(placeOf(entry), `window and offset reach back more than ${MAX_DAYS}d`);
    return undefined;
  }
  const hopMs = reader.has('hop') ? reader.durationMs('hop') : defaultHop(lengthMs, offsetMs);
  return hopMs !== undefined && isHopRight(reader, { lengthMs, offsetMs, hopMs }, report)
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

function isHopRight(
  reader: RecordReader,
  { lengthMs, offsetMs, hopMs }: { lengthMs: number; offsetMs: number; hopMs: number },
  report: Reporter,
): boolean {
  const entry = reader.entry('hop') ?? reader.entry('window');
  const place = entry === undefined ? reader.place : placeOf(entry);
  if (hopMs < MINUTE || lengthMs % hopMs !== 0 || offsetMs % hopMs !== 0) {
    report.error(place, 'window and offset must be multiples of a hop of at least 1m');
    return false;
  }
  const tiles = (lengthMs + offsetMs) / hopMs;
  if (tiles > MAX_TILES) report.error(place, `${tiles} tiles are more than ${MAX_TILES}: choose a larger hop`);
  return tiles <= MAX_TILES;
}

/** The finest hop that divides window and offset and keeps the window within the default number of tiles. */
function defaultHop(lengthMs: number, offsetMs: number): number {
  const divides = (hop: number): boolean => lengthMs % hop === 0 && offsetMs % hop === 0;
  const fitting = HOPS.find((hop) => lengthMs / hop <= DEFAULT_TILES && divides(hop));
  return fitting ?? [...HOPS].reverse().find(divides) ?? lengthMs;
}

function readUnit(reader: RecordReader, aggregation: Aggregation, report: Reporter): number | undefined {
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
