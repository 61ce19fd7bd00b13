import type { AvroSchema } from '@holdfast/events';
import { rounded, toMinorUnits, toNumber } from './decimal.ts';
import type { FieldRule } from './mapping-model.ts';
import { dayReader, TIME_FORMATS, timeReader } from './time-format.ts';

export type FieldKind = 'text' | 'word' | 'flag' | 'whole' | 'number' | 'instant' | 'day' | 'texts';

/** What a field of an event can hold. */
export interface FieldType {
  readonly kind: FieldKind;
  /** Of a word. */
  readonly symbols: readonly string[];
}

/** A value, or what is wrong with the text. */
export type Converted = { readonly value: unknown } | { readonly problem: string };
export type Conversion = (text: string) => Converted;

/** What a rule can never mean, by its key; `key` is empty for the rule as a whole. */
export interface RuleProblem {
  readonly key: string;
  readonly message: string;
}

/** The type of a field, of an optional one that of its value. Undefined for what a file of rows cannot hold. */
export function fieldTypeOf(schema: AvroSchema): FieldType | undefined {
  if (typeof schema === 'string') return SIMPLE[schema] && { kind: SIMPLE[schema], symbols: [] };
  if (Array.isArray(schema))
    return fieldTypeOf((schema as readonly AvroSchema[]).find((each) => each !== 'null') ?? '');
  const { type, logicalType, symbols, items } = schema as Readonly<Record<string, unknown>>;
  if (logicalType === 'timestamp-millis') return { kind: 'instant', symbols: [] };
  if (logicalType === 'date') return { kind: 'day', symbols: [] };
  if (type === 'enum') return { kind: 'word', symbols: symbols as readonly string[] };
  return type === 'array' && items === 'string' ? { kind: 'texts', symbols: [] } : undefined;
}

const SIMPLE: Readonly<Record<string, FieldKind>> = {
  string: 'text',
  boolean: 'flag',
  int: 'whole',
  long: 'whole',
  double: 'number',
};

/** Keys of a rule that make sense for some kinds of fields alone. */
const KEYS_OF_KINDS: Readonly<Record<string, readonly FieldKind[]>> = {
  factor: ['whole', 'number'],
  minorUnits: ['whole'],
  round: ['whole', 'number'],
  format: ['instant', 'day'],
  timeZone: ['instant'],
  split: ['texts'],
};

/** The conversion of a rule for a field, or why it can have none. */
export function conversionOf(
  rule: FieldRule,
  type: FieldType,
  decimal: '.' | ',',
): Conversion | readonly RuleProblem[] {
  const misplaced = Object.entries(KEYS_OF_KINDS)
    .filter(([key, kinds]) => rule[key as keyof FieldRule] !== undefined && !kinds.includes(type.kind))
    .map(([key, kinds]) => ({
      key,
      message: `${key} is for ${kinds.map((kind) => NAMES[kind]).join(' and ')}, not for ${NAMES[type.kind]}`,
    }));
  if (misplaced.length > 0) return misplaced;
  const wrong = wordProblems(rule, type);
  if (wrong.length > 0) return wrong;
  const plain: (text: string) => string = decimal === ',' ? (text) => text.replace(',', '.') : (text) => text;
  return CONVERSIONS[type.kind](rule, plain);
}

const NAMES: Readonly<Record<FieldKind, string>> = {
  text: 'texts',
  word: 'words',
  flag: 'true or false',
  whole: 'whole numbers',
  number: 'numbers',
  instant: 'times',
  day: 'days',
  texts: 'lists',
};

function wordProblems(rule: FieldRule, { kind, symbols }: FieldType): readonly RuleProblem[] {
  if (kind !== 'word') return [];
  const written: (readonly [string, string | undefined])[] = [
    ...Object.values(rule.map ?? {}).map((word) => ['map', word] as const),
    ['otherwise', rule.otherwise],
    ['constant', rule.map === undefined ? rule.constant : undefined],
    ['default', rule.map === undefined ? rule.default : undefined],
  ];
  return written
    .filter(([, word]) => word !== undefined && !symbols.includes(word))
    .map(([key, word]) => ({ key, message: `"${word}" is none of ${symbols.join(', ')}` }));
}

type Plain = (text: string) => string;
type Factory = (rule: FieldRule, plain: Plain) => Conversion | readonly RuleProblem[];

const asText: Factory = () => (text) => ({ value: text });

const CONVERSIONS: Readonly<Record<FieldKind, Factory>> = {
  text: asText,
  word: asText,
  flag: () => flag,
  whole: (rule, plain) => (text) => whole(plain(text), rule),
  number: (rule, plain) => (text) => number(plain(text), rule),
  instant: ({ format = 'iso', timeZone = 'UTC' }) => {
    const read = timeReader(format, timeZone);
    if (read !== undefined) return (text) => valueOr(read(text), `is no time of the format ${format}`);
    const key = timeReader(format, 'UTC') === undefined ? 'format' : 'timeZone';
    return [
      { key, message: key === 'format' ? `format must be ${TIME_FORMATS}` : `there is no time zone "${timeZone}"` },
    ];
  },
  day: ({ format = 'yyyy-MM-dd' }) => {
    const read = dayReader(format);
    if (read === undefined) return [{ key: 'format', message: `format must be ${TIME_FORMATS}` }];
    return (text) => valueOr(read(text), `is no day of the format ${format}`);
  },
  texts:
    ({ split }) =>
    (text) => ({ value: split === undefined ? [text] : text.split(split).map((item) => item.trim()) }),
};

const TRUE = /^(true|1|yes|y)$/i;
const FALSE = /^(false|0|no|n)$/i;

function flag(text: string): Converted {
  if (TRUE.test(text)) return { value: true };
  return FALSE.test(text) ? { value: false } : { problem: 'is neither true nor false; use map' };
}

function whole(text: string, { minorUnits, factor, round }: FieldRule): Converted {
  if (factor === undefined) {
    const exact = toMinorUnits(text, minorUnits ?? 0, round);
    if (exact !== undefined) return { value: exact };
    if (toNumber(text) === undefined) return { problem: 'is no number' };
    return { problem: `has more than ${minorUnits ?? 0} digits after the point; round says what to do` };
  }
  const given = toNumber(text);
  if (given === undefined) return { problem: 'is no number' };
  const value = rounded(given * factor, round);
  return Number.isSafeInteger(value)
    ? { value }
    : { problem: `times ${factor} is no whole number; round says what to do` };
}

function number(text: string, { factor = 1, round }: FieldRule): Converted {
  const given = toNumber(text);
  return given === undefined ? { problem: 'is no number' } : { value: rounded(given * factor, round) };
}

function valueOr(value: number | undefined, problem: string): Converted {
  return value === undefined ? { problem } : { value };
}
