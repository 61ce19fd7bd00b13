import type { Type, types } from 'avsc';
import { avroType } from './avro-type.ts';
import { checkContract, describeProblems, type Problem } from './contract.ts';
import { type EventInput, type LogEventType, schemaTable } from './schema-table.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** Schema ids by record name, as the registry gave them. */
export type SchemaIds = Readonly<Partial<Record<LogEventType, number>>>;

export interface Encoder {
  /**
   * The event in the wire format, absent fields with their defaults. Throws `ContractError` when a field is missing or
   * wrong, and when the record's schema id is not known to this encoder.
   */
  encode(event: EventInput<LogEventType>): Buffer;
}

/** The writer's own event breaks the contract: a mistake in the writing program, or input it did not check. */
export class ContractError extends Error {
  readonly code = 'contract';
  readonly problems: readonly Problem[];
  constructor(record: string, problems: readonly Problem[]) {
    super(`${record} cannot be written: ${describeProblems(problems)}`);
    this.name = 'ContractError';
    this.problems = problems;
  }
}

const SCRATCH_BYTES = 64 * 1024;

/** An encoder for the records whose ids are given. */
export function createEncoder(ids: SchemaIds): Encoder {
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return {
    encode(event) {
      const type = WRITERS.get(event.type);
      const id = ids[event.type];
      if (type === undefined) throw new ContractError(event.type, checkContract(event));
      if (id === undefined)
        throw new ContractError(event.type, [{ field: 'type', message: 'has no registered schema' }]);
      const problems = checkContract(event);
      if (problems.length > 0) throw new ContractError(event.type, problems);
      let end = write(type, event, scratch);
      if (end < 0) {
        // avsc answers minus the number of bytes that were missing.
        scratch = Buffer.allocUnsafeSlow(scratch.length - end);
        end = write(type, event, scratch);
      }
      writeWireHeader(scratch, id);
      return Buffer.from(scratch.subarray(0, end));
    },
  };
}

/**
 * Checks an event before it is written: fields the schema asks for, their types, then the contract. Answers every
 * problem found, an empty list for an event that `encode` takes.
 */
export function checkInput(event: { readonly type: LogEventType }): readonly Problem[] {
  const type = WRITERS.get(event.type);
  if (type === undefined) return checkContract(event);
  const problems: Problem[] = [];
  type.isValid(event, {
    errorHook: (path, value, expected) => {
      const wanted = describeType(expected);
      problems.push({ field: path.join('.'), message: mismatch(value, wanted), expected: wanted });
    },
  });
  return problems.length > 0 ? problems : checkContract(event);
}

function write(type: Type, event: EventInput<LogEventType>, target: Buffer): number {
  try {
    return type.encode(event, target, WIRE_HEADER_BYTES);
  } catch (error) {
    const problems = checkInput(event);
    if (problems.length === 0) throw error;
    throw new ContractError(event.type, problems);
  }
}

function mismatch(value: unknown, wanted: string): string {
  return value === undefined ? `is missing, expected ${wanted}` : `is ${describeValue(value)}, expected ${wanted}`;
}

function describeType(type: Type): string {
  if (type.typeName === 'enum') return `one of ${(type as types.EnumType).symbols.join(', ')}`;
  if (type.typeName === 'int') return 'a whole number of 32 bits';
  if (type.typeName === 'long') return 'a whole number within ±2^53';
  if (type.typeName === 'double') return 'a number';
  if (type.typeName.startsWith('union')) {
    return (type as types.UnwrappedUnionType).types.map(describeType).join(' or ');
  }
  return type.typeName;
}

const SHOWN_CHARACTERS = 40;

/** Short, for messages: values come from outside and may be long. */
function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
}

const WRITERS: ReadonlyMap<string, Type> = new Map(
  schemaTable().map((entry) => [entry.record, avroType(entry.schema, { omitRecordMethods: true })]),
);
