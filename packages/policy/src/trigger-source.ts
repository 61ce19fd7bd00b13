import type { BoundFeature } from '@holdfast/features';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { featureAtMost } from './condition.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import type { FieldFilter } from './field-filter.ts';
import { ABSENCE, OCCURRENCE, SCHEDULE, SEQUENCE, type TRIGGER } from './language.ts';
import type { CompiledTrigger, Condition, FirstEvent } from './model.ts';
import { type FieldReader, readFields } from './reader.ts';
import type { TextRules } from './text-section.ts';
import { toldDayFeatures } from './told-days.ts';
import { durationText } from './units.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

/** What makes a trigger fire, and what has to hold for it before its own condition is looked at. */
export interface Source {
  readonly fires: Pick<CompiledTrigger, 'on' | 'absence' | 'sequence' | 'schedule'>;
  readonly conditions: readonly Condition[];
  /** Kept for this trigger alone. */
  readonly features: readonly BoundFeature[];
}

type TriggerReader = FieldReader<typeof TRIGGER>;

interface Reading {
  /** Of the trigger. */
  readonly id: string;
  readonly rules: TextRules;
  readonly compiler: ExpressionCompiler;
  readonly report: Reporter;
}

const KINDS = ['on', 'absence', 'sequence', 'schedule'] as const;

export function readSource(
  id: string,
  reader: TriggerReader,
  rules: TextRules,
  compiler: ExpressionCompiler,
  report: Reporter,
): Source | undefined {
  const reading = { id, rules, compiler, report };
  const given = KINDS.filter((kind) => reader.has(kind));
  const [kind] = given;
  const entry = kind && reader.entry(kind);
  if (kind === undefined || entry === undefined || given.length > 1) {
    report.error(reader.place, `a trigger needs exactly one of ${KINDS.join(', ')}`);
    return undefined;
  }
  switch (kind) {
    case 'on':
      return readOn(entry, reading);
    case 'absence':
      return readAbsence(entry, reading);
    case 'sequence':
      return readSequence(entry, reading);
    case 'schedule':
      return readSchedule(entry, reading);
  }
}

function readOn(entry: Entry, reading: Reading): Source | undefined {
  const on = eventTypeIn(entry, reading);
  return on === undefined ? undefined : { fires: { on }, conditions: [], features: [] };
}

function readAbsence(entry: Entry, reading: Reading): Source | undefined {
  const reader = readFields(entry, ABSENCE, reading.report);
  const ofEntry = reader?.entry('of');
  const forMs = reader?.value('for');
  const of = ofEntry === undefined ? undefined : eventTypeIn(ofEntry, reading);
  if (of === undefined || forMs === undefined) return undefined;
  return { fires: { absence: { of, forMs } }, conditions: [], features: [] };
}

function readSequence(entry: Entry, reading: Reading): Source | undefined {
  const { report } = reading;
  const reader = readFields(entry, SEQUENCE, report);
  const withinMs = reader?.value('within');
  const firstEntry = reader?.entry('first');
  const first = firstEntry && readOccurrence(firstEntry, reading);
  const ends = reader && readEnd(reader, reading);
  if (withinMs === undefined || first === undefined || ends === undefined) return undefined;
  if (ends.of === first.of) {
    const advice = 'count them in a feature with a window, or wait for their absence';
    report.error(placeOf(ends.entry), `both events of the sequence are ${first.of}: ${advice}`);
    return undefined;
  }
  return ends.isAwaited ? followed(first, ends, withinMs, reading) : unanswered(first, ends.of, withinMs);
}

/** What follows (`then`), or must not (`without`). */
function readEnd(
  reader: FieldReader<typeof SEQUENCE>,
  reading: Reading,
): (Occurrence & { readonly isAwaited: boolean; readonly entry: Entry }) | undefined {
  const [then, without] = [reader.entry('then'), reader.entry('without')];
  const entry = then ?? without;
  if (entry === undefined || (then !== undefined && without !== undefined)) {
    reading.report.error(reader.place, 'a sequence needs exactly one of then, without');
    return undefined;
  }
  const isAwaited = then !== undefined;
  const occurrence = isAwaited ? readOccurrence(entry, reading) : plainOccurrence(entry, reading);
  return occurrence && { ...occurrence, isAwaited, entry };
}

interface Occurrence {
  readonly of: string;
  readonly filter: FieldFilter | undefined;
}

/** When the first event came is a feature of its own: late and repeated events are dealt with there. */
function followed(first: Occurrence, then: Occurrence, withinMs: number, { id }: Reading): Source {
  const since: BoundFeature = {
    name: `${id}.first`,
    from: first.of,
    aggregation: 'elapsedSince',
    where: first.filter?.source ?? '',
    window: { kind: 'ever' },
    resolution: 1,
    unitMs: 1,
    matches: first.filter?.matches ?? anyEvent,
    ...(first.filter?.only ? { only: first.filter.only } : {}),
  };
  const conditions = [
    featureAtMost(since.name, withinMs, `${first.of} within ${durationText(withinMs)} before ${then.of}`),
  ];
  if (then.filter !== undefined) conditions.push(filterCondition(then.filter));
  const sequence = { first: firstEvent(first), followedBy: then.of, withinMs };
  return { fires: { on: then.of, sequence }, conditions, features: [since] };
}

function unanswered(first: Occurrence, without: string, withinMs: number): Source {
  return { fires: { sequence: { first: firstEvent(first), without, withinMs } }, conditions: [], features: [] };
}

/** A changed filter is another key, so that what was remembered for the old one does not count for the new one. */
function firstEvent({ of, filter }: Occurrence): FirstEvent {
  if (filter === undefined) return { of, key: of, matches: anyEvent };
  const key = `${of}?${bytesToHex(sha256(utf8ToBytes(filter.source))).slice(0, 12)}`;
  return { of, key, matches: filter.matches };
}

const anyEvent = (): boolean => true;

function filterCondition({ source, matches }: FieldFilter): Condition {
  const truth = (event: Readonly<Record<string, unknown>> | undefined) => (event && matches(event) ? 'true' : 'false');
  return {
    source,
    features: [],
    evaluate: ({ event }) => truth(event),
    explain: ({ event }) => [{ condition: source, truth: truth(event), values: {} }],
  };
}

function readSchedule(entry: Entry, { report }: Reading): Source | undefined {
  const reader = readFields(entry, SCHEDULE, report);
  const every = reader?.value('every');
  const beforeMs = reader?.valueOr('before', 0);
  const atMs = reader?.valueOr('at', TEN_O_CLOCK_MS);
  if (every === undefined || beforeMs === undefined || atMs === undefined) return undefined;
  const beforeEntry = reader?.entry('before');
  if (beforeEntry !== undefined && beforeMs % DAY_MS !== 0) {
    report.error(placeOf(beforeEntry), 'before must be whole days, such as 30d: at says the time of the day');
  }
  if (every !== 'contract-end' && beforeEntry !== undefined && beforeMs >= YEAR_MS) {
    const what = every === 'birthday' ? 'a birthday' : 'an anniversary';
    report.error(placeOf(beforeEntry), `${what} comes every year: before must be less than 365d`);
  }
  return { fires: { schedule: { every, beforeMs, atMs } }, conditions: [], features: toldDayFeatures(every) };
}

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const TEN_O_CLOCK_MS = 10 * 3_600_000;

/** `TYPE`, or `{ of: TYPE, where: CEL }`. */
function readOccurrence(entry: Entry, reading: Reading): Occurrence | undefined {
  if (scalarText(entry) !== undefined) return plainOccurrence(entry, reading);
  const reader = readFields(entry, OCCURRENCE, reading.report);
  const ofEntry = reader?.entry('of');
  const of = ofEntry === undefined ? undefined : eventTypeIn(ofEntry, reading);
  const where = reader?.entry('where');
  if (of === undefined) return undefined;
  const filter = where === undefined ? undefined : reading.compiler.filter(where, of);
  return where !== undefined && filter === undefined ? undefined : { of, filter };
}

function plainOccurrence(entry: Entry, reading: Reading): Occurrence | undefined {
  const of = eventTypeIn(entry, reading);
  return of === undefined ? undefined : { of, filter: undefined };
}

function eventTypeIn(entry: Entry, { rules: { contract }, report }: Reading): string | undefined {
  const type = scalarText(entry);
  const types = Object.keys(contract.events);
  if (type !== undefined && types.includes(type)) return type;
  if (type === undefined) report.error(placeOf(entry), `${entry.key} must be the name of an event type`);
  else report.unknown(placeOf(entry), 'event type', type, types);
  return undefined;
}
