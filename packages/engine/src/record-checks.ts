import type { Fault } from './dead-letter.ts';
import { partitionOf } from './partitioner.ts';
import type { LogRecord } from './ports/log.ts';
import type { EventIdentity } from './topology.ts';

export interface CheckOptions {
  readonly partitionCount: number;
  readonly maxValueBytes: number;
  /** How far event time may be ahead of append time, ms. */
  readonly futureToleranceMs: number;
}

/** Before decoding: what no topology would want to see. */
export function checkSize({ value }: LogRecord, { maxValueBytes }: CheckOptions): Fault | undefined {
  const size = value?.length ?? 0;
  if (size <= maxValueBytes) return undefined;
  return { code: 'too-large', message: `the value has ${size} bytes; at most ${maxValueBytes} are folded` };
}

/** After decoding: whether the key is the entity's id. */
export function checkKey({ key }: LogRecord, entityId: string): Fault | undefined {
  if (!key || key.length === 0) {
    return { code: 'no-key', message: 'the record has no key; produce it with the customerId as key' };
  }
  if (isTextOf(key, entityId)) return undefined;
  const message = 'the key is not the customerId in the value; produce it with the customerId as key';
  return { code: 'key-mismatch', message };
}

/** Event time: what is further ahead than a clock may be tells nothing about how far its feed has come. */
export function checkEventTime(
  record: LogRecord,
  { occurredAt }: EventIdentity,
  options: CheckOptions,
): Fault | undefined {
  if (occurredAt <= record.appendTime + options.futureToleranceMs) return undefined;
  const ahead = Math.round((occurredAt - record.appendTime) / 1000);
  const message = `occurredAt is ${ahead} s after the append time; check the clock or the unit at the source`;
  return { code: 'future', message };
}

/** Where a record belongs that a producer with another partitioner wrote; undefined when it is where it belongs. */
export function checkPartition({ key, partition }: LogRecord, { partitionCount }: CheckOptions): number | undefined {
  const right = key ? partitionOf(key, partitionCount) : partition;
  return right === partition ? undefined : right;
}

/** Whether the bytes are the text in UTF-8. A customer's number is compared where it lies, without making a text of it. */
function isTextOf(bytes: Buffer, text: string): boolean {
  if (bytes.length !== text.length) return bytes.toString('utf8') === text;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return bytes.toString('utf8') === text;
    if (bytes[i] !== code) return false;
  }
  return true;
}
