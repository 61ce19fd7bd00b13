import type { LogBatch, LogRecord, RecordList } from './ports/log.ts';

/** Records taken from batches and not yet folded, oldest first. Each is made once, when it is looked at. */
export interface RecordQueue {
  /** Appends the batch's records from index `first` on. */
  push(batch: LogBatch, first: number): void;
  peek(index?: number): LogRecord | undefined;
  shift(): LogRecord | undefined;
  length(): number;
  /** Memory held, as far as batches tell; a batch is given back record by record. */
  bytes(): number;
}

interface Segment {
  readonly records: RecordList;
  readonly bytesPerRecord: number;
  next: number;
}

export function createRecordQueue(): RecordQueue {
  const segments: Segment[] = [];
  let length = 0;
  let bytes = 0;
  let head: LogRecord | undefined;

  const at = (index: number): LogRecord | undefined => {
    let rest = index;
    for (const { records, next } of segments) {
      if (rest < records.length - next) return records.at(next + rest);
      rest -= records.length - next;
    }
    return undefined;
  };

  return {
    push(batch, first) {
      const { records } = batch;
      const bytesPerRecord = (batch.heldBytes ?? heldBytes(records)) / records.length;
      segments.push({ records, bytesPerRecord, next: first });
      length += records.length - first;
      bytes += bytesPerRecord * (records.length - first);
    },
    peek(index = 0) {
      if (index > 0) return at(index);
      head ??= at(0);
      return head;
    },
    shift() {
      const [segment] = segments;
      if (!segment) return undefined;
      const record = head ?? segment.records.at(segment.next);
      head = undefined;
      segment.next += 1;
      length -= 1;
      bytes -= segment.bytesPerRecord;
      if (segment.next === segment.records.length) segments.shift();
      if (length === 0) bytes = 0;
      return record;
    },
    length: () => length,
    bytes: () => bytes,
  };
}

/** Index of the first record at or after `offset`; the length when there is none. */
export function firstFrom(records: RecordList, offset: number): number {
  let [low, high] = [0, records.length];
  if ((records.at(0)?.offset ?? offset) >= offset) return 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records.at(middle)?.offset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a record takes beside its bytes: itself and two Buffers. */
const RECORD_BYTES = 400;

function heldBytes(records: RecordList): number {
  let bytes = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records.at(i);
    bytes += (record?.key?.length ?? 0) + (record?.value?.length ?? 0) + RECORD_BYTES;
  }
  return bytes;
}
