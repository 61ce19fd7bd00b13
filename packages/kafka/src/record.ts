import type { LogRecord } from '@holdfast/engine';
import type { IHeaders, KafkaMessage } from 'kafkajs';

export const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

/**
 * Records whose bytes are the receiver's to keep. Keys and values of a fetch are slices of the whole response, up to
 * ten megabytes: where that is so, the stretch holding these records is copied once, rather than record by record.
 */
export function toRecords(topic: string, partition: number, messages: readonly KafkaMessage[]): LogRecord[] {
  const own = ownBytes(messages);
  return messages.map(({ offset, timestamp, key, value, headers }) => ({
    topic,
    partition,
    offset: Number(offset),
    appendTime: Number(timestamp),
    key: key ? own(key) : null,
    value: value ? own(value) : null,
    headers: toHeaders(headers, own),
  }));
}

type Own = (bytes: Buffer) => Buffer;

/** A stretch of the memory under a fetch response: `[from, to)`. */
interface Stretch {
  from: number;
  to: number;
  copy: Buffer | undefined;
}

/** Memory that is used by more than this share is kept as it is: decompressed batches have theirs to themselves. */
const WORTH_KEEPING = 0.5;

function ownBytes(messages: readonly KafkaMessage[]): Own {
  const stretches = findStretches(messages);
  for (const [memory, stretch] of stretches) {
    const used = stretch.to - stretch.from;
    if (used > memory.byteLength * WORTH_KEEPING) continue;
    stretch.copy = Buffer.allocUnsafeSlow(used);
    stretch.copy.set(new Uint8Array(memory, stretch.from, used));
  }
  return (bytes) => {
    const stretch = stretches.get(bytes.buffer);
    if (!stretch?.copy) return bytes;
    const at = bytes.byteOffset - stretch.from;
    return stretch.copy.subarray(at, at + bytes.length);
  };
}

function findStretches(messages: readonly KafkaMessage[]): Map<ArrayBufferLike, Stretch> {
  const stretches = new Map<ArrayBufferLike, Stretch>();
  const widen = (bytes: Buffer) => {
    const from = bytes.byteOffset;
    const to = from + bytes.length;
    const stretch = stretches.get(bytes.buffer);
    if (!stretch) {
      stretches.set(bytes.buffer, { from, to, copy: undefined });
      return;
    }
    if (from < stretch.from) stretch.from = from;
    if (to > stretch.to) stretch.to = to;
  };
  for (const { key, value, headers } of messages) {
    if (key) widen(key);
    if (value) widen(value);
    for (const name in headers) {
      const last = lastValue(headers[name]);
      if (Buffer.isBuffer(last)) widen(last);
    }
  }
  return stretches;
}

export function toHeaders(headers: IHeaders | undefined, own: Own): Readonly<Record<string, Buffer>> {
  let result: Record<string, Buffer> | undefined;
  for (const name in headers) {
    const value = lastValue(headers[name]);
    result ??= {};
    result[name] = Buffer.isBuffer(value) ? own(value) : Buffer.from(value ?? '');
  }
  return result ?? NO_HEADERS;
}

/** A header may repeat; the last one counts, as with Java's `lastHeader`. */
function lastValue(value: IHeaders[string]): Buffer | string | undefined {
  return Array.isArray(value) ? value.at(-1) : value;
}
