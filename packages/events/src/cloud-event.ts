import { type CloudEvent, readAttributes } from './cloud-event-attributes.ts';
import { readAvro, type WireDecode } from './cloud-event-avro.ts';
import { readRecordFields } from './cloud-event-data.ts';
import { attributeFix, type CloudEventError, type Refusal, refusal } from './cloud-event-error.ts';
import { type Extensions, readExtensions, type WithExtensions } from './cloud-event-extensions.ts';
import { readPayload } from './cloud-event-payload.ts';
import { recordOfType } from './cloud-event-type.ts';
import type { Problem } from './contract.ts';
import { checkInput } from './encoder.ts';
import { parseInstant } from './instant-text.ts';
import type { EventInput, LogEvent } from './schema-table.ts';
import type { EventType } from './schemas.ts';

export type CloudEventOutcome =
  | { readonly ok: true; readonly event: WithExtensions<EventInput<EventType>> }
  | { readonly ok: false; readonly error: CloudEventError };

export type CloudEventReader = (json: unknown) => CloudEventOutcome | Promise<CloudEventOutcome>;

type Values = Readonly<Record<string, unknown>>;

/**
 * Maps one CloudEvent, as the bindings hand it out, to the event it announces: `id` becomes `eventId`, `time`
 * `occurredAt`, `subject` `customerId`, the rest comes from the data. Where the data repeats one of them it must agree.
 * Times inside JSON data may be RFC 3339 texts or milliseconds. Extension attributes are `extensions` of the event. Answers at once, but for Avro data whose schema `decode`
 * has to fetch. Never throws, never rejects as long as `decode` does not.
 */
export function createCloudEventReader(decode: WireDecode): CloudEventReader {
  return (json) => {
    const read = readAttributes(json);
    if ('error' in read) return refused(read);
    const type = recordOfType(read.event.type);
    if (typeof type !== 'string') return refused(type);
    const extended = readExtensions(read.event);
    if ('error' in extended) return refused(extended);
    const { extensions } = extended;
    const payload = readPayload(read.event);
    if ('error' in payload) return refused(payload);
    if ('fields' in payload) return extend(fromFields(type, read.event, payload.fields), extensions);
    const avro = readAvro(payload.avro, type, read.event, decode);
    const finish = (found: Awaited<typeof avro>) =>
      'error' in found ? refused(found) : extend(fromRecord(type, read.event, found.record), extensions);
    return avro instanceof Promise ? avro.then(finish) : finish(avro);
  };
}

const readWithoutRegistry = createCloudEventReader((value) => ({
  kind: 'unknown-schema',
  schemaId: value.length < 5 ? -1 : value.readInt32BE(1),
}));

/** The same without a registry: of Avro it takes records of the newest schema. Always answers at once. */
export function fromCloudEvent(json: unknown): CloudEventOutcome {
  return readWithoutRegistry(json) as CloudEventOutcome;
}

function extend(outcome: CloudEventOutcome, extensions: Extensions | undefined): CloudEventOutcome {
  if (extensions === undefined || !outcome.ok) return outcome;
  return { ok: true, event: { ...outcome.event, extensions } };
}

function fromFields(type: EventType, attributes: CloudEvent, data: Values): CloudEventOutcome {
  const identity = readIdentity(attributes, data);
  if ('error' in identity) return refused(identity);
  const fields = readRecordFields(type, data);
  if ('error' in fields) return refused(fields);
  const event = Object.assign(fields.values, identity.values, { type }) as EventInput<EventType>;
  const problem = checkInput(event)[0];
  return problem === undefined ? { ok: true, event } : refused(asRefusal(problem));
}

/** A record that was decoded holds its contract; what is left is that it is what the attributes say. */
function fromRecord(type: EventType, attributes: CloudEvent, record: LogEvent): CloudEventOutcome {
  if (record.type !== type) {
    const fix = `Send the record that "type" names, or the type of ${record.type}.`;
    return refused(refusal('bad-data', 'data', `is the record ${record.type}, not ${type}`, fix));
  }
  const identity = readIdentity(attributes, record as unknown as Values);
  return 'error' in identity ? refused(identity) : { ok: true, event: record as EventInput<EventType> };
}

interface Identity {
  readonly eventId: string;
  readonly source: string;
  readonly occurredAt: number;
  readonly customerId: unknown;
}

function readIdentity(attributes: CloudEvent, data: Values): { readonly values: Identity } | Refusal {
  const time = attributes.time ?? data.occurredAt;
  if (time === undefined || time === null) {
    return refusal('missing-attribute', 'time', 'is missing, and so is data.occurredAt');
  }
  const occurredAt = parseInstant(time);
  if (occurredAt === undefined) return refusal('bad-attribute', 'time', 'is not an RFC 3339 time');
  const customerId = attributes.subject ?? data.customerId;
  if (customerId === undefined || customerId === null) {
    return refusal('missing-attribute', 'subject', 'is missing, and so is data.customerId');
  }
  const values: Identity = { eventId: attributes.id, source: attributes.source, occurredAt, customerId };
  const differing = IDENTITY.find((name) => data[name] !== undefined && repeated(name, data[name]) !== values[name]);
  if (differing === undefined) return { values };
  const fix = `Leave it out, or send what "${ATTRIBUTE_OF.get(differing)}" says.`;
  return refusal('bad-data', `data.${differing}`, 'differs from the attribute that says the same', fix);
}

const IDENTITY = ['eventId', 'source', 'occurredAt', 'customerId'] as const;

function repeated(name: string, value: unknown): unknown {
  return name === 'occurredAt' ? parseInstant(value) : value;
}

const ATTRIBUTE_OF: ReadonlyMap<string, string> = new Map([
  ['eventId', 'id'],
  ['source', 'source'],
  ['occurredAt', 'time'],
  ['customerId', 'subject'],
]);

function asRefusal({ field, message, expected }: Problem): Refusal {
  const attribute = ATTRIBUTE_OF.get(field);
  if (attribute !== undefined) return refusal('bad-attribute', attribute, message);
  const fix = expected === undefined ? attributeFix(`data.${field}`) : `Send ${expected}.`;
  return refusal('bad-field', `data.${field}`, message, fix);
}

function refused({ error }: Refusal): CloudEventOutcome {
  return { ok: false, error };
}
