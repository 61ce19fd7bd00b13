import type { Type } from 'avsc';
import type { AvroSchema } from './avro.ts';
import { avroType } from './avro-type.ts';
import { boundsOf, type Walk } from './block-bounds.ts';
import { checkContract, describeProblems } from './contract.ts';
import { type LogEvent, schemaTable } from './schema-table.ts';
import { readWireHeader, WIRE_HEADER_BYTES } from './wire.ts';

export type PoisonCode =
  | 'too-short'
  | 'wrong-magic'
  /** The body ends before the record does, or a count in it is larger than the bytes that are left. */
  | 'truncated'
  | 'trailing-bytes'
  /** An integer beyond ±2^53, which a number cannot hold. */
  | 'unsafe-integer'
  | 'malformed-body'
  /** The writer's schema is no record of the contracts. */
  | 'unknown-record'
  /** The writer's schema is not Avro, or the record of the contracts cannot be read from it. */
  | 'unreadable-schema'
  /** Decoded, but the values break the contract; the message names the fields. */
  | 'contract';

export interface Poison {
  readonly kind: 'poison';
  readonly code: PoisonCode;
  readonly message: string;
  /** What was decoded, where nothing but the contract is broken: for people to look at, not to fold. */
  readonly event?: LogEvent;
}

export type DecodeOutcome =
  | { readonly kind: 'event'; readonly event: LogEvent }
  /** Fetch the schema, give it to `addSchema`, decode again. */
  | { readonly kind: 'unknown-schema'; readonly schemaId: number }
  | Poison;

export interface Decoder {
  /** Decodes one value in the wire format. Never throws; the event shares no memory with `value`. */
  decode(value: Buffer): DecodeOutcome;
  /** Takes a writer's schema as the registry returned it. What is wrong with it is told by `decode`, as poison. */
  addSchema(schemaId: number, json: string): void;
  knows(schemaId: number): boolean;
}

interface Reader {
  readonly kind: 'reader';
  readonly type: Type;
  readonly resolver: ReturnType<Type['createResolver']>;
  readonly bounds: Walk | null;
}

/** A decoder with one cached resolver per writer schema id. Registries never reuse an id, so nothing is ever dropped. */
export function createDecoder(): Decoder {
  const readers = new Map<number, Reader | Poison>();
  return {
    decode(value) {
      const header = readWireHeader(value);
      if (header.kind === 'malformed') return poison(header.code, header.message);
      const reader = readers.get(header.schemaId);
      if (reader === undefined) return { kind: 'unknown-schema', schemaId: header.schemaId };
      return reader.kind === 'poison' ? reader : decodeBody(reader, value);
    },
    addSchema(schemaId, json) {
      readers.set(schemaId, readerOf(schemaId, json));
    },
    knows: (schemaId) => readers.has(schemaId),
  };
}

function decodeBody({ type, resolver, bounds }: Reader, value: Buffer): DecodeOutcome {
  try {
    if (bounds !== null && bounds(value, WIRE_HEADER_BYTES) < 0) return poison('truncated', TRUNCATED);
    const decoded = type.decode(value, WIRE_HEADER_BYTES, resolver);
    if (decoded.offset < 0) return poison('truncated', TRUNCATED);
    if (decoded.offset < value.length) {
      return poison('trailing-bytes', `${value.length - decoded.offset} bytes are left after the end of the record`);
    }
    const event = decoded.value as LogEvent;
    const problems = checkContract(event);
    if (problems.length === 0) return { kind: 'event', event };
    return { ...poison('contract', describeProblems(problems)), event };
  } catch (error) {
    return bodyPoison(error);
  }
}

const TRUNCATED = 'the body ends before the record does, or a length in it is larger than the body';

function bodyPoison(error: unknown): Poison {
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'potential precision loss') {
    return poison('unsafe-integer', 'an integer is beyond 2^53 and cannot be represented exactly');
  }
  return poison('malformed-body', `the body does not follow its schema: ${message}`);
}

function readerOf(schemaId: number, json: string): Reader | Poison {
  try {
    const writer = writerType(json);
    const name = writer.name ?? writer.typeName;
    const reader = READERS.get(name);
    if (reader === undefined) {
      return poison('unknown-record', `schema ${schemaId} describes ${name}, which is no record of the contracts`);
    }
    return { kind: 'reader', type: reader, resolver: reader.createResolver(writer), bounds: boundsOf(writer) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return poison('unreadable-schema', `schema ${schemaId} cannot be read: ${message}`);
  }
}

/**
 * A field `type` of a foreign writer is renamed: fields are found by position in the bytes and by name in the resolver,
 * and the name `type` belongs to the record's name in a decoded event.
 */
function writerType(json: string): Type {
  const schema = JSON.parse(json) as AvroSchema;
  if (!isRecordSchema(schema)) return avroType(schema);
  const fields = schema.fields.map((field) => (field.name === 'type' ? { ...field, name: 'type_' } : field));
  return avroType({ ...schema, fields });
}

function isRecordSchema(schema: AvroSchema): schema is { readonly fields: readonly { readonly name: string }[] } {
  return typeof schema === 'object' && schema !== null && 'fields' in schema && Array.isArray(schema.fields);
}

const READERS: ReadonlyMap<string, Type> = new Map(
  schemaTable().map((entry) => [entry.fullName, readerType(entry.schema, entry.record)]),
);

/** The record's own schema with its name as an additional first field: no writer has it, so its default fills it. */
function readerType(schema: AvroSchema, name: string): Type {
  const { fields, ...rest } = schema as { readonly fields: readonly AvroSchema[] };
  const tag = { name: 'type', type: 'string', default: name };
  return avroType({ ...rest, fields: [tag, ...fields] }, { omitRecordMethods: true });
}

function poison(code: PoisonCode, message: string): Poison {
  return { kind: 'poison', code, message };
}
