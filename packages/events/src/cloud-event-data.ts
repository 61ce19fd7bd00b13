import type { AvroSchema, Fields } from './avro.ts';
import type { Problem } from './contract.ts';
import { parseInstant } from './instant-text.ts';
import { nearestName } from './nearest-name.ts';
import { type EventType, FAMILIES } from './schemas.ts';

export type RecordFields =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly code: 'unknown-field' | 'bad-field'; readonly problem: Problem };

/**
 * The fields of `data` as the record declares them, texts of times made milliseconds. A name the record does not have
 * is refused: a mistyped optional field would be lost without a word. Types and ranges are not checked here.
 */
export function readRecordFields(type: EventType, data: Readonly<Record<string, unknown>>): RecordFields {
  const fields: Fields = RECORDS.get(type) ?? {};
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    if (name === 'type' && value === type) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) return unknownField(type, name, fields);
    const read = isInstant(field.schema) && typeof value === 'string' ? parseInstant(value) : value;
    if (read === undefined) {
      return { code: 'bad-field', problem: { field: name, message: 'is neither an RFC 3339 time nor milliseconds' } };
    }
    values[name] = read;
  }
  return { values };
}

const RECORDS: ReadonlyMap<string, Fields> = new Map(
  Object.values(FAMILIES).flatMap((records) =>
    Object.entries(records).map(([name, record]): [string, Fields] => [name, record.fields]),
  ),
);

const SHOWN_CHARACTERS = 64;

function unknownField(type: EventType, name: string, fields: Fields): RecordFields {
  const near = nearestName(name, Object.keys(fields));
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  const field = name.slice(0, SHOWN_CHARACTERS);
  return { code: 'unknown-field', problem: { field, message: `is no field of ${type}${hint}` } };
}

function isInstant(schema: AvroSchema): boolean {
  if (typeof schema === 'string') return false;
  if (Array.isArray(schema)) return schema.some(isInstant);
  return 'logicalType' in schema && schema.logicalType === 'timestamp-millis';
}
