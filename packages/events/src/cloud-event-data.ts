import type { AvroSchema, Fields } from './avro.ts';
import { shownName } from './cloud-event-attributes.ts';
import { type Refusal, refusal } from './cloud-event-error.ts';
import { parseDay, parseInstant } from './instant-text.ts';
import { nearestName } from './nearest-name.ts';
import { type EventType, FAMILIES } from './schemas.ts';

export type RecordFields = { readonly values: Record<string, unknown> } | Refusal;

/**
 * The fields of `data` as the record declares them, texts of times made milliseconds, of days made days. A name the record does not have
 * is refused: a mistyped optional field would be lost without a word. Types and ranges are not checked here.
 */
export function readRecordFields(type: EventType, data: Readonly<Record<string, unknown>>): RecordFields {
  const fields: ReadonlyMap<string, FieldReader> = RECORDS.get(type) ?? NO_FIELDS;
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(data)) {
    const value = data[name];
    const text = fields.get(name);
    if (text === undefined) {
      if (name === 'type' && value === type) continue;
      return unknownField(type, name, fields.keys());
    }
    const read = typeof value === 'string' ? text.parse(value) : value;
    if (read === undefined) return refusal('bad-field', `data.${name}`, `is ${text.wrong}`, `Send ${text.expected}.`);
    values[name] = read;
  }
  return { values };
}

function unknownField(type: EventType, name: string, known: Iterable<string>): Refusal {
  const names = [...known];
  const near = nearestName(name, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  const fix = near === undefined ? `Take it out; the fields are ${names.join(', ')}.` : `Write "${near}".`;
  return refusal('unknown-field', `data.${shownName(name)}`, `is no field of ${type}${hint}`, fix);
}

/** How the text of a field becomes its value; undefined where it cannot. */
interface FieldReader {
  parse(text: string): string | number | undefined;
  readonly wrong: string;
  readonly expected: string;
}

/** Half of a surrogate pair has no bytes: two texts would become one. */
const PLAIN_TEXT: FieldReader = {
  parse: (text) => (text.isWellFormed() ? text : undefined),
  wrong: 'a text with half of a surrogate pair',
  expected: 'whole characters',
};
/** What may be written as a text besides its number, by logical type. */
const TEXTS: Readonly<Record<string, FieldReader>> = {
  'timestamp-millis': {
    parse: parseInstant,
    wrong: 'neither an RFC 3339 time nor milliseconds',
    expected: 'a time such as "2026-11-01T08:00:00Z", or milliseconds since 1970',
  },
  date: {
    parse: parseDay,
    wrong: 'neither a day such as 1980-05-03 nor days since 1970-01-01',
    expected: 'a day such as "1980-05-03", or days since 1970-01-01',
  },
};

const NO_FIELDS: ReadonlyMap<string, FieldReader> = new Map();
const RECORDS: ReadonlyMap<string, ReadonlyMap<string, FieldReader>> = new Map(
  Object.values(FAMILIES).flatMap((records) =>
    Object.entries(records).map(([name, record]) => [name, readersOf(record.fields)] as const),
  ),
);

function readersOf(fields: Fields): ReadonlyMap<string, FieldReader> {
  return new Map(
    Object.entries(fields).map(([name, field]) => [name, TEXTS[logicalTypeOf(field.schema) ?? ''] ?? PLAIN_TEXT]),
  );
}

function logicalTypeOf(schema: AvroSchema): string | undefined {
  if (typeof schema === 'string') return undefined;
  if (Array.isArray(schema)) return schema.map(logicalTypeOf).find((type) => type !== undefined);
  return 'logicalType' in schema && typeof schema.logicalType === 'string' ? schema.logicalType : undefined;
}
