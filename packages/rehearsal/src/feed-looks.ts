import { type CommitterDeps, feedOf, type PreparedRecord } from '@holdfast/engine';

type HeldBack = CommitterDeps<never, never>['heldBack'];

/**
 * When timers that wait for their feed are looked at. A live shard looks every few seconds of stream time; here time may jump by days,
 * and only a record of the feed can let a timer go: of the same row of looks, the first after the feed's next record is taken.
 */
export interface FeedLooks extends HeldBack {
  /** The records about to be folded. */
  expect<E>(records: readonly PreparedRecord<E>[], horizonMs: number): void;
}

/** Looks gather at these times, as in a live shard. */
const GRID_MS = 1_000;

export function createFeedLooks(retryMs: number): FeedLooks {
  let coming: readonly PreparedRecord<unknown>[] = [];
  let byFeed: ReadonlyMap<string, readonly number[]> | undefined;
  let horizonMs = 0;
  let feed = '';

  /** Append time of the feed's next record at or after `nowMs`; beyond the batch nothing is known. */
  const nextRecordMs = (nowMs: number): number => {
    byFeed ??= timesByFeed(coming);
    const times = byFeed.get(feed) ?? [];
    return times[firstFrom(times, nowMs)] ?? horizonMs + 1;
  };

  return {
    expect(records, endMs) {
      coming = records;
      byFeed = undefined;
      horizonMs = endMs;
    },
    note(name) {
      feed = name;
    },
    nextLookMs(nowMs) {
      const first = Math.ceil((nowMs + retryMs) / GRID_MS) * GRID_MS;
      const behindMs = nextRecordMs(nowMs) - first;
      return behindMs <= 0 ? first : first + Math.ceil(behindMs / retryMs) * retryMs;
    },
    feeds: () => [],
  };
}

function timesByFeed(records: readonly PreparedRecord<unknown>[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { record, decoded } of records) {
    if (!('identity' in decoded) || !decoded.identity) continue;
    const name = feedOf(decoded.identity);
    const known = times.get(name);
    if (known) known.push(record.appendTime);
    else times.set(name, [record.appendTime]);
  }
  return times;
}

/** Index of the first time at or after `nowMs`; append times of one shard do not go back, but by a broker's clock. */
function firstFrom(times: readonly number[], nowMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? nowMs) < nowMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
