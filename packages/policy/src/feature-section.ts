import { type Aggregation, type BoundFeature, LINE_FIELD, type SetSize } from '@holdfast/features';
import type { FieldType } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import { againstOf, readAmount, readShareKeys } from './feature-amount.ts';
import { readUnit, readWindow } from './feature-window.ts';
import { AGGREGATIONS, DECLARED_FEATURE } from './language.ts';
import { type RecordReader, readRecord } from './reader.ts';
import { type Entry, keyPlaceOf, placeOf } from './yaml-source.ts';

const AGGREGATION_KEYS = Object.keys(AGGREGATIONS) as readonly Aggregation[];
/** What all features of a customer may take of his state. */
const MAX_FEATURE_BYTES = 64 * 1024;
const FEATURE_KEYS = Object.keys(DECLARED_FEATURE.keys);
const SCOPES = ['customer', 'line'] as const;

/** One declared feature: `{ from, where?, <aggregation>: …, window, hop?, offset?, unit?, against?, scope? }`. */
export function readFeature(
  entry: Entry,
  events: Readonly<Record<string, Readonly<Record<string, FieldType>>>>,
  compiler: ExpressionCompiler,
  report: Reporter,
): BoundFeature | undefined {
  const reader = readRecord(entry, 'a feature', FEATURE_KEYS, report);
  const from = reader?.required('from') === undefined ? undefined : reader.text('from');
  const share = reader === undefined ? undefined : readShareKeys(reader, report);
  if (reader === undefined || from === undefined) return undefined;
  const fields = events[from];
  if (fields === undefined) {
    report.unknown(placeOf(reader.entry('from') ?? entry), 'event type', from, Object.keys(events));
    return undefined;
  }
  const aggregation = readAggregation(reader, report);
  if (aggregation === undefined) return undefined;
  const where = reader.entry('where');
  const filter = where === undefined ? undefined : compiler.filter(where, from);
  const rules = { from, fields, filter, share, compileFilter: (value: Entry) => compiler.filter(value, from) };
  const amount = readAmount(reader, aggregation, rules, report);
  const windows = aggregation === 'rate' && amount !== undefined ? againstOf(reader) : 0;
  const window = readWindow(reader, aggregation, { windows }, report);
  const unitMs = readUnit(reader, aggregation, report);
  const scope = readScope(reader, from, fields, report);
  if (amount === undefined || window === undefined || unitMs === undefined || scope === undefined) return undefined;
  if (where !== undefined && filter === undefined) return undefined;
  return {
    name: entry.key,
    from,
    aggregation,
    ...amount,
    where: filter?.source ?? '',
    window,
    unitMs,
    ...(scope === 'line' ? { scope } : {}),
    matches: filter?.matches ?? everything,
    ...(filter?.only ? { only: filter.only } : {}),
  };
}

const everything = (): boolean => true;

function readScope(
  reader: RecordReader,
  from: string,
  fields: Readonly<Record<string, FieldType>>,
  report: Reporter,
): BoundFeature['scope'] {
  const entry = reader.entry('scope');
  if (entry === undefined) return 'customer';
  const scope = reader.oneOf('scope', SCOPES);
  if (scope !== 'line' || fields[LINE_FIELD] !== undefined) return scope;
  report.error(placeOf(entry), `scope: line needs events with ${LINE_FIELD}, ${from} has none`);
  return undefined;
}

function readAggregation(reader: RecordReader, report: Reporter): Aggregation | undefined {
  const given = AGGREGATION_KEYS.filter((aggregation) => reader.has(aggregation));
  if (given.length === 1) return given[0];
  report.error(reader.place, `a feature needs exactly one of ${AGGREGATION_KEYS.join(', ')}`);
  return undefined;
}

/** Reports features that a customer's state could not hold, at the declared one that takes most. */
export function refuseTooLarge(size: SetSize, entries: ReadonlyMap<string, Entry>, report: Reporter): void {
  if (size.bytes <= MAX_FEATURE_BYTES) return;
  const declared = size.features.filter(({ name }) => entries.has(name));
  const [largest] = declared.sort((left, right) => right.bytes - left.bytes);
  const entry = largest && entries.get(largest.name);
  if (largest === undefined || entry === undefined) return;
  const problem = `features may take ${size.bytes} bytes of a customer's state, more than ${MAX_FEATURE_BYTES}`;
  const way = `"${largest.name}" takes ${largest.bytes} of them, choose a larger hop or a shorter window`;
  report.error(keyPlaceOf(entry), `${problem}: ${way}`);
}
