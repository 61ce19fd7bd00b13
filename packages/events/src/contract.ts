import type { Fields, RecordSchema } from './avro.ts';
import {
  BudgetAsked,
  BudgetGranted,
  PersonalDataAccessed,
  PolicyActivated,
  PolicyChanged,
  PropensitiesLearned,
} from './control.ts';
import { DecisionMade } from './decision.ts';
import type { LogEventType } from './schema-table.ts';
import { FAMILIES } from './schemas.ts';

/** What is wrong with one field. */
export interface Problem {
  readonly field: string;
  readonly message: string;
  /** What would be right, where that can be said. */
  readonly expected?: string;
}

/** Longest identifier: `eventId`, `source`, `customerId` and every other field whose name ends in `Id`. UTF-16 units. */
export const MAX_ID_LENGTH = 128;
/** Longest of all other texts of an event, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 1024;
/** Most elements of a list. */
export const MAX_LIST_LENGTH = 1000;
/** 2000-01-01 and 2100-01-01, UTC: outside of it, seconds or microseconds were taken for milliseconds. */
const EARLIEST_MS = 946_684_800_001;
const LATEST_MS = 4_102_444_799_999;
const MAX_INT = 2 ** 31 - 1;

/** A field's size, from least to most inclusive: the value of a number, the length of a text or of a list. */
interface Bound {
  readonly field: string;
  readonly least: number;
  readonly most: number;
}

const NONE: readonly Problem[] = [];

/**
 * The rules a schema cannot say: identifiers present and bounded, times plausible, quantities not negative, days and
 * hours in their range. Absent fields are left to the schema. Answers an empty list for a sound event; never throws.
 */
export function checkContract(event: { readonly type: LogEventType }): readonly Problem[] {
  const contract = CONTRACTS.get(event.type);
  if (contract === undefined) return [{ field: 'type', message: `is "${event.type}", which is no record type` }];
  return contract.isSound(event) ? NONE : allProblems(event, contract.bounds);
}

/** One line for logs and dead letters. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, message }) => `${field} ${message}`).join('; ');
}

function holds(value: unknown, least: number, most: number): boolean {
  if (typeof value === 'string') return value.length >= least && value.length <= most;
  // NaN is within no bounds.
  if (typeof value === 'number') return value >= least && value <= most;
  return !Array.isArray(value) || value.length <= most;
}

function allProblems(event: object, bounds: readonly Bound[]): readonly Problem[] {
  const values = event as Readonly<Record<string, unknown>>;
  return bounds
    .filter(({ field, least, most }) => !holds(values[field], least, most))
    .map((bound) => ({ field: bound.field, message: describe(values[bound.field], bound) }));
}

function describe(value: unknown, { least, most }: Bound): string {
  if (value === '') return 'is empty';
  if (typeof value === 'string') return `has ${value.length} characters, at most ${most} are allowed`;
  if (Array.isArray(value)) return `has ${value.length} elements, at most ${most} are allowed`;
  if (least === EARLIEST_MS) return `is ${value}, not between 2000 and 2100 in milliseconds since the epoch`;
  return `is ${value}, not between ${least} and ${most}`;
}

/** Ranges narrower than the type's, by field name. */
const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  durationSeconds: [0, MAX_INT],
  quantityMb: [0, 1e12],
  localHour: [-1, 23],
  cycleDay: [1, 28],
  dataAllowanceMb: [0, 1e12],
  voiceAllowanceMinutes: [0, 1e9],
  smsAllowance: [0, MAX_INT],
  monthlyFeeMinor: [0, Number.MAX_SAFE_INTEGER],
  daysOverdue: [0, 36_525],
  share: [0, 1000],
  birthYear: [1850, 2100],
  // 1850 to 2120.
  birthDate: [-43_829, 54_787],
  probability: [0, 1],
};

interface Contract {
  readonly bounds: readonly Bound[];
  isSound(event: object): boolean;
}

const CONTRACTS: ReadonlyMap<string, Contract> = new Map(
  [
    ...Object.values(FAMILIES).flatMap((records) => Object.values(records)),
    DecisionMade,
    PolicyActivated,
    PropensitiesLearned,
    BudgetAsked,
    BudgetGranted,
    PolicyChanged,
    PersonalDataAccessed,
  ].map((record) => [record.name, compile(boundsOf(record))]),
);

/**
 * This runs on every decoded event, and a loop over the bounds reads fields by computed name, which takes ten times as
 * long. So each record gets a function of its own, the way avsc makes its readers. Field names are Avro names.
 */
function compile(bounds: readonly Bound[]): Contract {
  const conjuncts = bounds.map(({ field, least, most }) => `holds(event.${field}, ${least}, ${most})`);
  const make = new Function('holds', `return (event) => ${conjuncts.join(' && ')};`);
  return { bounds, isSound: make(holds) as Contract['isSound'] };
}

function boundsOf(record: RecordSchema<string, Fields>): readonly Bound[] {
  return Object.entries(record.fields).flatMap(([field, { schema, fallback }]) => {
    const range = RANGES[field] ?? rangeOf(field, kindOf(schema));
    if (range === undefined) return [];
    // An identifier that may be left out is empty then.
    const least = fallback === '' ? 0 : range[0];
    return [{ field, least, most: range[1] }];
  });
}

/** Undefined where the codec itself keeps the range. */
function rangeOf(field: string, kind: unknown): readonly [number, number] | undefined {
  if (kind === 'string') return field === 'source' || field.endsWith('Id') ? [1, MAX_ID_LENGTH] : [0, MAX_TEXT_LENGTH];
  if (kind === 'double') return [-Number.MAX_VALUE, Number.MAX_VALUE];
  // A varint may be longer than an int, and the codec does not look.
  if (kind === 'int') return [-MAX_INT - 1, MAX_INT];
  if (kind === 'timestamp-millis') return [EARLIEST_MS, LATEST_MS];
  return kind === 'array' ? [0, MAX_LIST_LENGTH] : undefined;
}

/** The name of a schema's type, of its logical type if it has one, of the second branch of an optional field. */
function kindOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return kindOf(schema[1]);
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('logicalType' in schema) return schema.logicalType;
  return 'type' in schema ? schema.type : undefined;
}
