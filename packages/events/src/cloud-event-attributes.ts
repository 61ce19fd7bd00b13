import { type Refusal, refusal } from './cloud-event-error.ts';
import { nearestName } from './nearest-name.ts';

/**
 * A CloudEvent in the shape of the JSON format: attributes, extensions among them, beside `data` or `data_base64`. In the
 * binary modes `data` is a Buffer where it is not JSON.
 */
export interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | null;
  readonly time?: string | null;
  readonly datacontenttype?: string | null;
  readonly dataschema?: string | null;
  readonly data?: unknown;
  readonly data_base64?: unknown;
  readonly [extension: string]: unknown;
}

export type AttributesRead = { readonly event: CloudEvent } | Refusal;

/** Most attributes of an event; the specification sets no bound. */
export const MAX_ATTRIBUTES = 64;
const MAX_ATTRIBUTE_LENGTH = 1024;
const MAX_NAME_LENGTH = 64;
const MAX_INTEGER = 2 ** 31 - 1;

/**
 * The rules of CloudEvents 1.0 for the attributes of one event (a parsed value of any kind): the four required ones are
 * there, names are lower-case letters and digits, texts have neither control characters nor halves of surrogate pairs, null
 * is absent.
 */
export function readAttributes(json: unknown): AttributesRead {
  if (!isObject(json)) return refusal('not-an-object', '', 'is not a JSON object');
  const names = Object.keys(json);
  if (names.length > MAX_ATTRIBUTES) return refusal('bad-attribute', '', `has more than ${MAX_ATTRIBUTES} attributes`);
  for (const name of REQUIRED) {
    // Own ones only: a name of the language is no attribute.
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (value === undefined || value === null || value === '') {
      return refusal('missing-attribute', name, 'is missing, and required by CloudEvents 1.0');
    }
  }
  for (const name of names) {
    const refused = checkAttribute(name, json[name]);
    if (refused !== undefined) return refused;
  }
  if (json.specversion !== '1.0') {
    return refusal('bad-attribute', 'specversion', `is ${shown(json.specversion)}, expected "1.0"`);
  }
  return { event: json as unknown as CloudEvent };
}

const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const TEXTS = new Set([...REQUIRED, 'subject', 'time', 'datacontenttype', 'dataschema']);
const PAYLOAD = new Set(['data', 'data_base64']);
const KNOWN = [...TEXTS, ...PAYLOAD];
const NAMES: ReadonlySet<string> = new Set(KNOWN);
const NAME = /^[a-z0-9]+$/;
const CONTROL = /\p{Cc}/u;

/** Whether the specification itself knows the attribute, or it is the data: all others are extensions. */
export function isKnownAttribute(name: string): boolean {
  return NAMES.has(name);
}

function checkAttribute(name: string, value: unknown): Refusal | undefined {
  if (PAYLOAD.has(name) || value === null || value === undefined) return undefined;
  if (!TEXTS.has(name)) return checkExtension(name, value);
  return typeof value === 'string'
    ? checkText(name, value)
    : refusal('bad-attribute', name, `is ${kindOf(value)}, expected a text`);
}

function checkText(name: string, text: string): Refusal | undefined {
  if (text === '') return refusal('bad-attribute', name, 'is empty');
  if (text.length > MAX_ATTRIBUTE_LENGTH) {
    const message = `has ${text.length} characters, at most ${MAX_ATTRIBUTE_LENGTH} are allowed`;
    return refusal('bad-attribute', name, message);
  }
  if (CONTROL.test(text)) return refusal('bad-attribute', name, 'has a control character', 'Take it out.');
  if (text.isWellFormed()) return undefined;
  return refusal('bad-attribute', name, 'has half of a surrogate pair', 'Send whole characters.');
}

function checkExtension(name: string, value: unknown): Refusal | undefined {
  if (!NAME.test(name) || name.length > MAX_NAME_LENGTH) {
    const near = nearestName(name, KNOWN);
    const fix = near === undefined ? 'Name extensions with lower-case letters and digits.' : `Write "${near}".`;
    return refusal('bad-attribute', shownName(name), 'is no name of an attribute', fix);
  }
  if (typeof value === 'string') return value === '' ? undefined : checkText(name, value);
  if (typeof value === 'boolean') return undefined;
  if (Number.isInteger(value) && Math.abs(value as number) <= MAX_INTEGER) return undefined;
  const fix = 'Send extensions as a text, a boolean or a whole number of 32 bits.';
  return refusal('bad-attribute', name, `is ${kindOf(value)}`, fix);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'number' ? 'a number' : `a ${typeof value}`;
}

const SHOWN_CHARACTERS = 40;

function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, SHOWN_CHARACTERS).toWellFormed());
}

/** A foreign name may be long, and is answered to whoever sent it. */
export function shownName(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).toWellFormed();
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
