import { type CloudEvent, isKnownAttribute } from './cloud-event-attributes.ts';
import { type Refusal, refusal } from './cloud-event-error.ts';

/** Extension attributes of a CloudEvent: names of lower-case letters and digits, values as their canonical texts. */
export type Extensions = Readonly<Record<string, string>>;

/** An event with what its CloudEvent says beyond the record, such as `traceparent`: headers beside the record in the log. */
export type WithExtensions<E> = E & { readonly extensions?: Extensions };

/** Most bytes of all extension attributes of an event together, names and values in UTF-8: each of its copies carries them. */
export const MAX_EXTENSION_BYTES = 8_192;

/**
 * The extension attributes of an event that `readAttributes` let through: texts as they are, booleans and whole numbers
 * as the specification writes them. Those that are null or empty are absent. Undefined for an event that has none.
 */
export function readExtensions(event: CloudEvent): { readonly extensions: Extensions | undefined } | Refusal {
  let extensions: Record<string, string> | undefined;
  let bytes = 0;
  for (const name of Object.keys(event)) {
    if (isKnownAttribute(name)) continue;
    const value = event[name];
    if (value === null || value === undefined || value === '') continue;
    const text = String(value);
    bytes += name.length + Buffer.byteLength(text);
    extensions ??= {};
    extensions[name] = text;
  }
  if (bytes <= MAX_EXTENSION_BYTES) return { extensions };
  const message = `has ${bytes} bytes of extension attributes, at most ${MAX_EXTENSION_BYTES} are allowed`;
  return refusal('bad-attribute', '', message, 'Send fewer extension attributes, or shorter ones.');
}
