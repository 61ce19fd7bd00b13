import type { AvroSchema } from './avro.ts';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
}

/** An Avro schema that is no bare name and no union, with what its kind has. */
interface AvroObject {
  readonly type: string;
  readonly logicalType?: string;
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly symbols?: readonly string[];
  readonly fields?: readonly AvroField[];
  readonly doc?: string;
}

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  null: { type: 'null' },
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', description: 'Bytes.' },
};

const LOGICAL: Readonly<Record<string, JsonSchema>> = {
  'timestamp-millis': { type: 'integer', format: 'int64', description: 'Milliseconds since 1970-01-01T00:00:00Z.' },
  date: { type: 'integer', format: 'int32', description: 'Days since 1970-01-01.' },
};

/** What a decoded record looks like, for documents and the tools that read them. Throws on what our schemas never have. */
export function jsonSchemaOf(schema: AvroSchema): JsonSchema {
  if (typeof schema === 'string') return primitive(schema);
  if (Array.isArray(schema)) return { anyOf: schema.map((branch: AvroSchema) => jsonSchemaOf(branch)) };
  const {
    type,
    logicalType,
    items = 'null',
    values = 'null',
    symbols,
    fields = [],
    doc,
  } = schema as unknown as AvroObject;
  if (logicalType !== undefined) return LOGICAL[logicalType] ?? primitive(type);
  switch (type) {
    case 'array':
      return { type: 'array', items: jsonSchemaOf(items) };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(values) };
    case 'enum':
      return { type: 'string', enum: symbols };
    case 'record':
      return recordSchema(fields, doc);
    default:
      return primitive(type);
  }
}

function recordSchema(fields: readonly AvroField[], doc: string | undefined): JsonSchema {
  const isNeeded = (field: AvroField) => !Object.hasOwn(field, 'default');
  return {
    type: 'object',
    ...(doc === undefined ? {} : { description: doc }),
    required: fields.filter(isNeeded).map(({ name }) => name),
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
  };
}

function fieldSchema(field: AvroField): JsonSchema {
  const schema = jsonSchemaOf(field.type);
  return Object.hasOwn(field, 'default') ? { ...schema, default: field.default } : schema;
}

function primitive(name: string): JsonSchema {
  const found = PRIMITIVES[name];
  if (found === undefined) throw new Error(`no JSON Schema for the Avro type ${name}`);
  return found;
}
