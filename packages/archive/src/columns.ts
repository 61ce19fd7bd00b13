import { type AvroSchema, schemaTable } from '@holdfast/events';

/** How a value is kept. `json` is for what has parts of its own. */
export type ColumnKind = 'text' | 'whole' | 'number' | 'truth' | 'instant' | 'json';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Envelope fields that every event has; the rest of a topic's fields are its payload. */
const ENVELOPE: readonly string[] = ['eventId', 'source', 'occurredAt', 'customerId'];

/**
 * The fields of all records of a topic, each once, in the order of declaration; one that records declare differently is
 * JSON. A topic without records of ours has none.
 */
export function payloadColumns(topic: string): readonly Column[] {
  const columns = new Map<string, ColumnKind>();
  for (const { schema } of schemaTable().filter((entry) => entry.topic === topic)) {
    for (const { name, type } of fieldsOf(schema)) {
      if (ENVELOPE.includes(name)) continue;
      const kind = kindOf(type);
      const known = columns.get(name);
      columns.set(name, known === undefined || known === kind ? kind : 'json');
    }
  }
  return [...columns].map(([name, kind]) => ({ name, kind }));
}

/** What a record is, byte for byte. */
export const RECORD_COLUMNS = ['partition', 'offset', 'append_time', 'key', 'value', 'headers'] as const;

/**
 * Snake case, as the engines that read it write names: `durationSeconds` is `duration_seconds`. A field of the name of a
 * record's own column says whose it is: `event_partition`.
 */
export function columnName(field: string): string {
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return RECORD_COLUMNS.some((own) => own === name) ? `event_${name}` : name;
}

function fieldsOf(schema: AvroSchema): readonly { readonly name: string; readonly type: AvroSchema }[] {
  if (typeof schema === 'string' || !('fields' in schema) || !Array.isArray(schema.fields)) return [];
  return schema.fields;
}

function kindOf(schema: AvroSchema): ColumnKind {
  if (Array.isArray(schema)) {
    const kinds = schema.filter((branch) => branch !== 'null').map(kindOf);
    return kinds.length === 1 ? (kinds[0] ?? 'json') : 'json';
  }
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? 'json';
  if (!('type' in schema)) return 'json';
  if (schema.logicalType === 'timestamp-millis') return 'instant';
  return schema.type === 'enum' ? 'text' : 'json';
}

const PRIMITIVES: Readonly<Record<string, ColumnKind>> = {
  string: 'text',
  int: 'whole',
  long: 'whole',
  float: 'number',
  double: 'number',
  boolean: 'truth',
};
