import type { LogRecord } from './ports/log.ts';
import type { OutboxMessage } from './ports/store.ts';

/** Why a record was set aside. `code` is short and stable; `message` says what is wrong and what to do. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

/** A larger value is cut; its coordinates lead to the original. */
const MAX_VALUE_BYTES = 900_000;

/** The record as it came, with Kafka Connect's error headers, for the dead-letter topic. */
export function deadLetterOf(record: LogRecord, fault: Fault, topic: string): OutboxMessage {
  const isCut = (record.value?.length ?? 0) > MAX_VALUE_BYTES;
  return {
    topic,
    key: record.key,
    value: isCut ? Buffer.from(record.value?.subarray(0, MAX_VALUE_BYTES) ?? []) : record.value,
    headers: {
      ...record.headers,
      '__connect.errors.topic': Buffer.from(record.topic),
      '__connect.errors.partition': Buffer.from(String(record.partition)),
      '__connect.errors.offset': Buffer.from(String(record.offset)),
      '__connect.errors.connector.name': Buffer.from('holdfast'),
      '__connect.errors.exception.class.name': Buffer.from(fault.code),
      '__connect.errors.exception.message': Buffer.from(fault.message),
      ...(isCut ? { 'holdfast-cut-from-bytes': Buffer.from(String(record.value?.length)) } : {}),
    },
  };
}
