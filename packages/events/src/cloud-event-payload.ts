import { type CloudEvent, isObject } from './cloud-event-attributes.ts';
import { type Refusal, refusal } from './cloud-event-error.ts';
import { isAvro, isJson, parseMediaType } from './media-type.ts';

/** What an event carries: the fields of a JSON object, or the bytes of an Avro record. */
export type Payload = { readonly fields: Readonly<Record<string, unknown>> } | { readonly avro: Buffer } | Refusal;

/** Finds the data of an event by `datacontenttype`; without one it is JSON, as the specification has it. */
export function readPayload(event: CloudEvent): Payload {
  const { data, data_base64, datacontenttype } = event;
  const isEncoded = data_base64 !== undefined && data_base64 !== null;
  if (isEncoded && data !== undefined) return refusal('bad-data', 'data_base64', 'stands beside "data"');
  const bytes = isEncoded ? fromBase64(data_base64) : bytesOf(data);
  if (bytes === null) return refusal('bad-data', 'data_base64', 'is not base64');
  const type = parseMediaType(datacontenttype ?? 'application/json');
  if (type !== undefined && isAvro(type.essence)) return bytes === undefined ? noBytes() : { avro: bytes };
  if (type === undefined || type.isForeignText || !isJson(type.essence)) {
    return refusal('bad-attribute', 'datacontenttype', 'is neither JSON in UTF-8 nor Avro');
  }
  const value = bytes === undefined ? data : parseJson(bytes);
  return isObject(value)
    ? { fields: value }
    : refusal('bad-data', bytes === undefined ? 'data' : 'data_base64', 'is not a JSON object');
}

function noBytes(): Refusal {
  const fix = 'Send the bytes of the record in base64 as "data_base64", or in binary mode as the body.';
  return refusal('bad-data', 'data', 'is not the bytes that datacontenttype says', fix);
}

function bytesOf(data: unknown): Buffer | undefined {
  return data instanceof Uint8Array ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : undefined;
}

/** The decoder of the language passes over what is not base64; a round trip does not. Null for what is none. */
function fromBase64(text: unknown): Buffer | null {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text.padEnd(Math.ceil(text.length / 4) * 4, '=') ? bytes : null;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** The value of a JSON text in UTF-8; undefined for what is none. A name that is said twice has its last value. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF_8.decode(bytes));
  } catch {
    return undefined;
  }
}
