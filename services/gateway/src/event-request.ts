import { PROBLEMS, type Problem } from './problem.ts';

/** The CloudEvents of one HTTP request, still unchecked, in the structured JSON form. */
export type EventRequest =
  | { readonly kind: 'events'; readonly isBatch: boolean; readonly events: readonly unknown[] }
  | { readonly kind: 'problem'; readonly problem: Problem };

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';
export const JSON_DATA = 'application/json';
export const MAX_BATCH = 1_000;

const PREFIX = 'ce-';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Reads the three content modes of the HTTP binding of CloudEvents 1.0. `body` is the parsed JSON. */
export function eventRequest(headers: Headers, body: unknown): EventRequest {
  const type = mediaType(headers['content-type']);
  if (type === BATCH) return batch(body);
  if (type === STRUCTURED) return { kind: 'events', isBatch: false, events: [body] };
  if (type === JSON_DATA && headers['ce-specversion'] !== undefined) {
    return { kind: 'events', isBatch: false, events: [fromBinary(headers, body)] };
  }
  return { kind: 'problem', problem: PROBLEMS.mediaType };
}

function mediaType(header: string | readonly string[] | undefined): string {
  const text = typeof header === 'string' ? header : '';
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function batch(body: unknown): EventRequest {
  if (!Array.isArray(body)) return { kind: 'problem', problem: PROBLEMS.notABatch };
  if (body.length > MAX_BATCH) return { kind: 'problem', problem: PROBLEMS.tooLarge };
  return { kind: 'events', isBatch: true, events: body };
}

/** Binary mode: attributes are headers, percent-encoded where they are not printable ASCII; the body is the data. */
function fromBinary(headers: Headers, data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(PREFIX) && typeof value === 'string') event[name.slice(PREFIX.length)] = decoded(value);
  }
  return { ...event, datacontenttype: JSON_DATA, data };
}

function decoded(value: string): string {
  const plain = value.replace(/^"(.*)"$/, '$1');
  try {
    return decodeURIComponent(plain);
  } catch {
    // A bare per cent sign: not encoded at all, so taken as it is.
    return plain;
  }
}
