import type { LogRecord } from '@holdfast/engine';

/** Records of some topics in their order, in stretches as they are read. */
export type RecordSource = AsyncIterable<readonly LogRecord[]>;

interface Head {
  readonly stretches: AsyncIterator<readonly LogRecord[]>;
  records: readonly LogRecord[];
  next: number;
}

/** Records handed on in one go. */
const STRETCH_RECORDS = 8_000;

/**
 * Sources as one, by the engine's rule for the inputs of a shard: append time, then topic, then offset; each source keeps
 * its own order. One source per topic and partition gives what a live shard folds.
 */
export async function* mergeInputs(sources: readonly RecordSource[]): AsyncGenerator<readonly LogRecord[], void> {
  const heads: Head[] = [];
  for (const source of sources) {
    const head: Head = { stretches: source[Symbol.asyncIterator](), records: [], next: 0 };
    if (await refill(head)) heads.push(head);
  }
  heapify(heads);
  let merged: LogRecord[] = [];
  for (let head = heads[0]; head; head = heads[0]) {
    merged.push(first(head));
    head.next += 1;
    if (head.next === head.records.length && !(await refill(head))) removeTop(heads);
    else siftDown(heads, 0);
    if (merged.length < STRETCH_RECORDS) continue;
    yield merged;
    merged = [];
  }
  if (merged.length > 0) yield merged;
}

/** False at the end of the source. */
async function refill(head: Head): Promise<boolean> {
  for (;;) {
    const { done, value } = await head.stretches.next();
    if (done) return false;
    if (value.length === 0) continue;
    head.records = value;
    head.next = 0;
    return true;
  }
}

function first(head: Head): LogRecord {
  return head.records[head.next] as LogRecord;
}

function isBefore(a: Head, b: Head): boolean {
  const [x, y] = [first(a), first(b)];
  if (x.appendTime !== y.appendTime) return x.appendTime < y.appendTime;
  if (x.topic !== y.topic) return x.topic < y.topic;
  if (x.partition !== y.partition) return x.partition < y.partition;
  return x.offset < y.offset;
}

function heapify(heads: Head[]): void {
  for (let at = heads.length >> 1; at >= 0; at--) siftDown(heads, at);
}

function removeTop(heads: Head[]): void {
  const last = heads.pop();
  if (!last || heads.length === 0) return;
  heads[0] = last;
  siftDown(heads, 0);
}

function siftDown(heads: Head[], from: number): void {
  let at = from;
  for (;;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heads.length && isBefore(heads[child] as Head, heads[least] as Head)) least = child;
    }
    if (least === at) return;
    [heads[at], heads[least]] = [heads[least] as Head, heads[at] as Head];
    at = least;
  }
}
