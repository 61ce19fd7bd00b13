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

export type Check =
  | { readonly kind: 'ok' }
  | { readonly kind: 'dead-letter'; readonly fault: Fault }
  /** A producer with another partitioner: the record belongs to this partition. */
  | { readonly kind: 'reroute'; readonly partition: number };

const OK: Check = { kind: 'ok' };

/** Before decoding: what no topology would want to see. */
export function checkSize(record: LogRecord, options: CheckOptions): Check {
  const size = record.value?.length ?? 0;
  if (size <= options.maxValueBytes) return OK;
  return deadLetter('too-large', `the value has ${size} bytes; at most ${options.maxValueBytes} are folded`);
}

/** After decoding: key, partition and event time of an event. */
export function checkEvent(record: LogRecord, entityId: string, identity: EventIdentity, options: CheckOptions): Check {
  if (!record.key || record.key.length === 0) {
    return deadLetter('no-key', 'the record has no key; produce it with the customerId as key');
  }
  if (record.key.toString('utf8') !== entityId) {
    return deadLetter(
      'key-mismatch',
      'the key is not the customerId in the value; produce it with the customerId as key',
    );
  }
  if (identity.occurredAt > record.appendTime + options.futureToleranceMs) {
    const ahead = Math.round((identity.occurredAt - record.appendTime) / 1000);
    return deadLetter(
      'future',
      `occurredAt is ${ahead} s after the append time; check the clock or the unit at the source`,
    );
  }
  const partition = partitionOf(record.key, options.partitionCount);
  return partition === record.partition ? OK : { kind: 'reroute', partition };
}

function deadLetter(code: string, message: string): Check {
  return { kind: 'dead-letter', fault: { code, message } };
}
