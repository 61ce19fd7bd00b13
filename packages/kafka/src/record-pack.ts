import type { LogBatch, LogRecord, RecordList } from '@holdfast/engine';
import type { KafkaMessage } from 'kafkajs';
import { NO_HEADERS, toHeaders, toRecords } from './record.ts';

/** Numbers kept for each record: where its key and its value begin and end. An absent one ends before it begins. */
const PLACES = 4;
const ABSENT = -1;
/** Two doubles and the places. */
const INDEX_BYTES = 2 * 8 + PLACES * 4;

/**
 * Records of one fetch in a few arrays and one stretch of bytes of their own, each made when it is asked for: a fetch
 * holds thousands, which wait for others, and nothing that waits as an object is free.
 */
export function packRecords(
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
): Required<Pick<LogBatch, 'records' | 'heldBytes'>> | Pick<LogBatch, 'records'> {
  const stretch = stretchOf(messages);
  const headers = headersOf(messages);
  if (!stretch) return { records: toRecords(topic, partition, messages) };
  const { from, bytes } = stretch;
  const { length } = messages;
  const offsets = new Float64Array(length);
  const times = new Float64Array(length);
  const places = new Int32Array(length * PLACES);
  for (const [i, message] of messages.entries()) {
    offsets[i] = Number(message.offset);
    times[i] = Number(message.timestamp);
    note(places, i * PLACES, message.key, from);
    note(places, i * PLACES + 2, message.value, from);
  }
  const slice = (place: number) => {
    const [start = 0, end = ABSENT] = [places[place], places[place + 1]];
    return end === ABSENT ? null : bytes.subarray(start, end);
  };
  const at = (index: number): LogRecord | undefined => {
    const [offset, appendTime] = [offsets[index], times[index]];
    if (offset === undefined || appendTime === undefined) return undefined;
    const [key, value] = [slice(index * PLACES), slice(index * PLACES + 2)];
    return { topic, partition, offset, appendTime, key, value, headers: headers.get(index) ?? NO_HEADERS };
  };
  const records: RecordList = {
    length,
    at: (index) => at(index < 0 ? index + length : index),
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield at(i) as LogRecord;
    },
  };
  return { records, heldBytes: bytes.length + length * INDEX_BYTES };
}

function note(places: Int32Array, place: number, bytes: Buffer | null, from: number): void {
  places[place] = bytes ? bytes.byteOffset - from : 0;
  places[place + 1] = bytes ? bytes.byteOffset - from + bytes.length : ABSENT;
}

/** The headers of those records that have any; copied, as they are few. */
function headersOf(messages: readonly KafkaMessage[]): ReadonlyMap<number, LogRecord['headers']> {
  const found = new Map<number, LogRecord['headers']>();
  for (const [i, message] of messages.entries()) {
    for (const _ in message.headers) {
      found.set(i, toHeaders(message.headers, Buffer.from));
      break;
    }
  }
  return found;
}

/** A copy of the bytes from the first to the last, where all lie in one memory; undefined where not. */
function stretchOf(messages: readonly KafkaMessage[]): { from: number; bytes: Buffer } | undefined {
  const memory = messages.find(({ value }) => value)?.value?.buffer;
  if (!memory) return undefined;
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const { key, value } of messages) {
    for (const part of [key, value]) {
      if (!part) continue;
      if (part.buffer !== memory) return undefined;
      if (part.byteOffset < from) from = part.byteOffset;
      if (part.byteOffset + part.length > to) to = part.byteOffset + part.length;
    }
  }
  const bytes = Buffer.allocUnsafeSlow(to - from);
  bytes.set(new Uint8Array(memory, from, to - from));
  return { from, bytes };
}
