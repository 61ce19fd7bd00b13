import { type LogRecord, partitionOf } from '@holdfast/engine';
import { type Event, schemaEntry } from '@holdfast/events';
import type { DecodedValue } from '@holdfast/telecom';

/** A log that was never written: events that stand for records. */
export interface ToldEvents {
  /** The record of an event appended at `appendTime`, ms since the epoch. */
  record(event: Event, appendTime: number): LogRecord;
  /** Answers the event that was told for a record; checked by nobody. */
  decodeRecord(record: LogRecord): DecodedValue;
}

const EMPTY = Buffer.alloc(0);

export function createToldEvents(partitions: number): ToldEvents {
  const told = new WeakMap<LogRecord, Event>();
  const offsets = new Map<string, number>();
  return {
    record(event, appendTime) {
      const topic = schemaEntry(event.type)?.topic ?? '';
      const key = Buffer.from(event.customerId);
      const partition = partitionOf(key, partitions);
      const offset = offsets.get(`${topic}/${partition}`) ?? 0;
      offsets.set(`${topic}/${partition}`, offset + 1);
      const record = { topic, partition, offset, appendTime, key, value: EMPTY, headers: {} };
      told.set(record, event);
      return record;
    },
    decodeRecord(record) {
      const event = told.get(record);
      return event ? { kind: 'event', event } : { kind: 'poison', code: 'unknown-schema', message: 'nobody told it' };
    },
  };
}
