import { readRecordFields } from './cloud-event-data.ts';
import type { Problem } from './contract.ts';
import { checkInput } from './encoder.ts';
import { parseInstant } from './instant-text.ts';
import { nearestName } from './nearest-name.ts';
import { type EventInput, type LogEvent, NAMESPACE } from './schema-table.ts';
import { type EventType, FAMILIES } from './schemas.ts';

/** CloudEvents 1.0, JSON format and Kafka binding: what producers without Avro send, and the headers Kafka records get. */

export type CloudEventErrorCode =
  | 'not-an-object'
  | 'missing-attribute'
  | 'bad-attribute'
  | 'unknown-type'
  /** `data` is missing, no JSON object, or says something else than the attributes. */
  | 'bad-data'
  | 'unknown-field'
  | 'bad-field';

export interface CloudEventError {
  readonly code: CloudEventErrorCode;
  readonly message: string;
  /** The attribute, or the field inside `data` as `data.name`; empty when the whole event is meant. */
  readonly field: string;
}

export type CloudEventOutcome =
  | { readonly ok: true; readonly event: EventInput<EventType> }
  | { readonly ok: false; readonly error: CloudEventError };

type Attributes = Readonly<Record<string, unknown>>;

/** Most attributes of an event; the specification sets no bound. */
const MAX_ATTRIBUTES = 64;
const MAX_ATTRIBUTE_LENGTH = 1024;

/**
 * Maps one event of a structured-mode request, or one element of a batch, to the event it announces: `id` becomes
 * `eventId`, `time` `occurredAt`, `subject` `customerId`, the rest comes from `data`. Where `data` repeats one of them it
 * must agree. Times inside `data` may be RFC 3339 texts or milliseconds. `json` is a parsed value; never throws.
 */
export function fromCloudEvent(json: unknown): CloudEventOutcome {
  const attributes = readAttributes(json);
  if ('error' in attributes) return refuse(attributes.error);
  const type = readType(attributes.values.type);
  if (typeof type !== 'string') return refuse(type);
  const data = readData(attributes.values);
  if ('error' in data) return refuse(data.error);
  const identity = readIdentity(attributes.values, data.values);
  if ('error' in identity) return refuse(identity.error);
  const fields = readRecordFields(type, data.values);
  if ('problem' in fields) return refuse({ ...asError(fields.problem), code: fields.code });
  const event = { ...fields.values, ...identity.values, type } as EventInput<EventType>;
  const problem = checkInput(event)[0];
  return problem === undefined ? { ok: true, event } : refuse(asError(problem));
}

/** The `ce_` headers of Kafka's binary content mode. Consumers here never need them. */
export function toCloudEventHeaders(event: EventInput | LogEvent): Readonly<Record<string, Buffer>> {
  const headers: Record<string, string> = {
    'content-type': 'application/avro',
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_source: event.source,
    ce_type: cloudEventType(event.type),
    ce_time: new Date(event.occurredAt).toISOString(),
    ce_subject: event.customerId,
  };
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}

/** `io.holdfast.<family>.<record>.v1`. */
export function cloudEventType(record: LogEvent['type']): string {
  return `${TYPE_PREFIX}${FAMILY_OF.get(record) ?? 'decision'}.${record}.v1`;
}

const TYPE_PREFIX = `${NAMESPACE.slice(0, NAMESPACE.lastIndexOf('.'))}.`;
const FAMILY_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(FAMILIES).flatMap(([family, records]) => Object.keys(records).map((name) => [name, family])),
);
const RECORD_OF: ReadonlyMap<string, EventType> = new Map(
  [...FAMILY_OF.keys()].flatMap((name) => [
    [name, name as EventType],
    [cloudEventType(name as EventType), name as EventType],
  ]),
);

type Read = { readonly values: Attributes } | { readonly error: CloudEventError };

function readAttributes(json: unknown): Read {
  if (!isObject(json)) return failure('not-an-object', '', 'an event is a JSON object');
  if (Object.keys(json).length > MAX_ATTRIBUTES) {
    return failure('bad-attribute', '', `more than ${MAX_ATTRIBUTES} attributes`);
  }
  for (const name of ['specversion', 'id', 'source', 'type']) {
    const value = json[name];
    if (value === undefined || value === null || value === '') {
      return failure('missing-attribute', name, 'is required by CloudEvents 1.0');
    }
  }
  for (const name of ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype']) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') return failure('bad-attribute', name, `is ${typeof value}, expected string`);
    if (value.length > MAX_ATTRIBUTE_LENGTH) {
      return failure(
        'bad-attribute',
        name,
        `has ${value.length} characters, at most ${MAX_ATTRIBUTE_LENGTH} are allowed`,
      );
    }
  }
  return json.specversion === '1.0'
    ? { values: json }
    : failure('bad-attribute', 'specversion', `is "${json.specversion}", expected "1.0"`);
}

function readType(given: unknown): EventType | CloudEventError {
  const name = String(given);
  const record = RECORD_OF.get(name);
  if (record !== undefined) return record;
  const near = nearestName(bareName(name), FAMILY_OF.keys());
  const hint = near === undefined ? '' : `; did you mean "${cloudEventType(near as EventType)}"?`;
  return { code: 'unknown-type', field: 'type', message: `"${name}" is not a known event type${hint}` };
}

/** The part of a type that should be the record's name, whatever surrounds it. */
function bareName(type: string): string {
  const parts = type.replace(/\.v\d+$/, '').split('.');
  return parts[parts.length - 1] ?? type;
}

function readData({ data, data_base64, datacontenttype }: Attributes): Read {
  if (data_base64 !== undefined) {
    return failure('bad-data', 'data_base64', 'is not accepted; send the fields as a JSON object in "data"');
  }
  if (typeof datacontenttype === 'string' && !/^[\w.+-]+\/([\w.-]+\+)?json\s*(;.*)?$/i.test(datacontenttype)) {
    return failure('bad-attribute', 'datacontenttype', `is "${datacontenttype}", expected a JSON media type`);
  }
  return isObject(data) ? { values: data } : failure('bad-data', 'data', 'is not a JSON object');
}

function readIdentity(attributes: Attributes, data: Attributes): Read {
  const time = attributes.time ?? data.occurredAt;
  if (time === undefined || time === null) {
    return failure('missing-attribute', 'time', 'is missing, and so is data.occurredAt');
  }
  const occurredAt = parseInstant(time);
  if (occurredAt === undefined) return failure('bad-attribute', 'time', 'is not an RFC 3339 time');
  const customerId = attributes.subject ?? data.customerId;
  if (customerId === undefined || customerId === null) {
    return failure('missing-attribute', 'subject', 'is missing, and so is data.customerId');
  }
  const values = { eventId: attributes.id, source: attributes.source, occurredAt, customerId };
  for (const [name, value] of Object.entries(values)) {
    const repeated = name === 'occurredAt' ? parseInstant(data[name]) : data[name];
    if (data[name] !== undefined && repeated !== value) {
      return failure('bad-data', `data.${name}`, 'differs from the attribute that says the same');
    }
  }
  return { values };
}

const ATTRIBUTE_OF: ReadonlyMap<string, string> = new Map([
  ['eventId', 'id'],
  ['source', 'source'],
  ['occurredAt', 'time'],
  ['customerId', 'subject'],
]);

function asError({ field, message }: Problem): CloudEventError {
  const attribute = ATTRIBUTE_OF.get(field);
  return attribute === undefined
    ? { code: 'bad-field', field: `data.${field}`, message }
    : { code: 'bad-attribute', field: attribute, message };
}

function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failure(code: CloudEventErrorCode, field: string, message: string): { readonly error: CloudEventError } {
  return { error: { code, field, message } };
}

function refuse(error: CloudEventError): CloudEventOutcome {
  return { ok: false, error };
}
