import type { CloudEvent } from './cloud-event-attributes.ts';
import { type Refusal, refusal } from './cloud-event-error.ts';
import { checkContract } from './contract.ts';
import { createDecoder, type Poison } from './decoder.ts';
import { type LogEvent, schemaTable } from './schema-table.ts';
import type { EventType } from './schemas.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** What a decoder of the wire format says: `createDecoder` here, or one that asks the registry. */
export type WireAnswer =
  | { readonly kind: 'event'; readonly event: LogEvent }
  | { readonly kind: 'unknown-schema'; readonly schemaId: number }
  | { readonly kind: 'poison'; readonly code: string; readonly message: string; readonly event?: LogEvent }
  | { readonly kind: 'retry'; readonly message: string };
export type WireDecode = (value: Buffer) => WireAnswer | Promise<WireAnswer>;

export type AvroRead = { readonly record: LogEvent } | Refusal;

/**
 * The record in Avro data. Bytes that begin with 0 are in the Confluent wire format, which names the writer's schema; no
 * record of ours begins so, since its first field is the event's id and not empty. Others are of the schema that
 * `dataschema` names (`…/schemas/ids/<id>`, asked of this installation's registry, never at that address), or of the newest
 * one of the event's type. Waits only for a schema that is not known yet.
 */
export function readAvro(
  bytes: Buffer,
  type: EventType,
  { dataschema }: CloudEvent,
  decode: WireDecode,
): AvroRead | Promise<AvroRead> {
  if (bytes[0] === 0) return fromAnswer(decode(bytes));
  if (dataschema === undefined || dataschema === null) return asRead(OWN.decode(withHeader(bytes, OWN_IDS.get(type))));
  const id = SCHEMA_ID.exec(dataschema)?.[1];
  return id === undefined
    ? refusal('bad-attribute', 'dataschema', 'does not name the schema of Avro data')
    : fromAnswer(decode(withHeader(bytes, Number(id))));
}

const SCHEMA_ID = /\/schemas\/ids\/(\d{1,9})$/;

/** The schemas of this release, under numbers of their own. */
const OWN = createDecoder();
const OWN_IDS: ReadonlyMap<string, number> = new Map(schemaTable().map(({ record }, index) => [record, index]));
for (const [index, { schema }] of schemaTable().entries()) OWN.addSchema(index, JSON.stringify(schema));

function withHeader(bytes: Buffer, schemaId: number | undefined): Buffer {
  const value = Buffer.concat([Buffer.allocUnsafe(WIRE_HEADER_BYTES), bytes]);
  writeWireHeader(value, schemaId ?? -1);
  return value;
}

function fromAnswer(answer: WireAnswer | Promise<WireAnswer>): AvroRead | Promise<AvroRead> {
  return answer instanceof Promise ? answer.then(asRead) : asRead(answer);
}

function asRead(answer: WireAnswer): AvroRead {
  switch (answer.kind) {
    case 'event':
      return { record: answer.event };
    case 'unknown-schema':
      return refusal('bad-data', 'data', `names schema ${answer.schemaId}, which is not known here`, SCHEMA_FIX);
    case 'retry':
      return refusal('registry-away', 'data', `cannot be decoded now: ${answer.message}`, 'Send it again later.');
    case 'poison':
      return poisonRefusal(answer);
  }
}

const SCHEMA_FIX = 'Register the schema with the registry of this installation, or send JSON.';
const BYTES_FIX = 'Send one record of the schema, alone or behind the header of five bytes that names it.';

function poisonRefusal({
  code,
  message,
  event,
}: Pick<Poison, 'message' | 'event'> & { readonly code: string }): Refusal {
  const problem = event === undefined ? undefined : checkContract(event)[0];
  if (problem !== undefined) return refusal('bad-field', `data.${problem.field}`, problem.message);
  return refusal('bad-data', 'data', message, SCHEMA_CODES.has(code) ? SCHEMA_FIX : BYTES_FIX);
}

const SCHEMA_CODES = new Set(['unknown-schema-id', 'unknown-record', 'unreadable-schema']);
