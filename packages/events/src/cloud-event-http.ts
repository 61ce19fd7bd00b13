import { type CloudEvent, MAX_ATTRIBUTES } from './cloud-event-attributes.ts';
import { type CloudEventError, refusal } from './cloud-event-error.ts';
import { parseJson } from './cloud-event-payload.ts';
import { isJson, parseMediaType } from './media-type.ts';

/**
 * The HTTP binding of CloudEvents 1.0: which events a request holds, still unchecked, each as `readAttributes` takes it.
 * https://github.com/cloudevents/spec, bindings/http-protocol-binding.md
 */
export type HttpEvents =
  | { readonly kind: 'single'; readonly event: unknown }
  | { readonly kind: 'batch'; readonly events: readonly unknown[] }
  /** Binary mode, and an attribute cannot be read from its header. */
  | { readonly kind: 'bad-header'; readonly error: CloudEventError }
  /** No content mode, or a text that is not UTF-8. */
  | { readonly kind: 'media-type' | 'not-json' | 'not-a-batch' };

/** Names in lower case. A list where a header was sent more than once. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export const STRUCTURED_TYPE = 'application/cloudevents+json';
export const BATCH_TYPE = 'application/cloudevents-batch+json';
const PREFIX = 'ce-';

/** Reads the three content modes: structured and batch in JSON, binary with data of any type. Never throws. */
export function fromHttp(headers: HttpHeaders, body: Buffer): HttpEvents {
  const contentType = oneValue(headers['content-type']) ?? '';
  const type = parseMediaType(contentType);
  switch (type?.essence) {
    case STRUCTURED_TYPE:
      return type.isForeignText ? { kind: 'media-type' } : fromStructured(body);
    case BATCH_TYPE:
      return type.isForeignText ? { kind: 'media-type' } : fromBatch(body);
    default:
      if (headers['ce-specversion'] === undefined) return { kind: 'media-type' };
      return fromBinary(headers, contentType, type !== undefined && isJson(type.essence), body);
  }
}

function fromStructured(body: Buffer): HttpEvents {
  const event = parseJson(body);
  return event === undefined ? { kind: 'not-json' } : { kind: 'single', event };
}

function fromBatch(body: Buffer): HttpEvents {
  const events = parseJson(body);
  if (events === undefined) return { kind: 'not-json' };
  return Array.isArray(events) ? { kind: 'batch', events } : { kind: 'not-a-batch' };
}

/** Attributes are headers, and the body is the data of the type that `content-type` names. */
function fromBinary(headers: HttpHeaders, contentType: string, isJsonData: boolean, body: Buffer): HttpEvents {
  // Without a prototype: `__proto__` is a name like any other, and refused like any other.
  const event: Record<string, unknown> = Object.create(null);
  let count = 0;
  for (const [header, given] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue;
    count += 1;
    const name = header.slice(PREFIX.length);
    if (count > MAX_ATTRIBUTES) return badHeader('', `has more than ${MAX_ATTRIBUTES} attributes`);
    if (RESERVED.has(name)) return badHeader(header, 'is no header of an attribute', RESERVED_FIX);
    const value = oneValue(given);
    if (value === undefined) return badHeader(name, 'is sent more than once', `Send one ${header} header.`);
    const decoded = decodeHeaderValue(value);
    if (decoded === undefined) return badHeader(name, 'is not percent-encoded UTF-8', ENCODING_FIX);
    event[name] = decoded;
  }
  if (contentType !== '') event.datacontenttype = contentType;
  if (body.length === 0) return { kind: 'single', event: { ...event } };
  const data = isJsonData ? parseJson(body) : body;
  return data === undefined ? { kind: 'not-json' } : { kind: 'single', event: { ...event, data } };
}

/** What the headers of binary mode may not say: `content-type` and the body do. */
const RESERVED = new Set(['data', 'data_base64', 'datacontenttype']);
const RESERVED_FIX = 'Send the data as the body, and its type as content-type.';
const ENCODING_FIX = 'Encode each byte of UTF-8 outside of "!" to "~", and space, quote and per cent, as %XX.';

function badHeader(field: string, message: string, fix?: string): HttpEvents {
  return { kind: 'bad-header', ...refusal('bad-attribute', field, message, fix) };
}

function oneValue(given: string | readonly string[] | undefined): string | undefined {
  if (typeof given === 'string') return given;
  return given?.length === 1 ? given[0] : undefined;
}

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/s;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * The text of a header value: quotes and backslashes taken off, then one round of percent-decoding. Undefined where it is
 * no valid encoding; a bare per cent sign is none, since `100%` and `100%25` would be the same text.
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!PRINTABLE.test(value)) return undefined;
  const plain = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(.)/g, '$1') : value;
  if (plain === undefined || !plain.includes('%')) return plain;
  try {
    return decodeURIComponent(plain);
  } catch {
    return undefined;
  }
}

/** What must be encoded: space, quote, per cent, and everything outside of printable ASCII. */
const ENCODED = /[^\x21\x23\x24\x26-\x7e]/gu;

/** The canonical header value of an attribute, of well-formed text. */
export function encodeHeaderValue(text: string): string {
  return text
    .toWellFormed()
    .replace(ENCODED, (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );
}

/** The headers of binary mode; `data` is the body. Attributes that are null or absent have none. */
export function toHttpHeaders(event: CloudEvent): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event)) {
    if (value === undefined || value === null || name === 'data' || name === 'data_base64') continue;
    if (name === 'datacontenttype') headers['content-type'] = String(value);
    else headers[PREFIX + name] = encodeHeaderValue(String(value));
  }
  return headers;
}
