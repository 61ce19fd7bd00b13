import type { PartitionIntake } from './partition-intake.ts';
import type { LogRecord } from './ports/log.ts';

export interface MergeOptions {
  /** How long an empty partition that has more may hold live records back, ms. */
  readonly maxHoldMs: number;
  /** Records older than this are a backlog, whose order is not given up for latency, ms. */
  readonly liveWithinMs: number;
}

export const MERGE_DEFAULTS: MergeOptions = { maxHoldMs: 200, liveWithinMs: 10_000 };

/** The inputs of a shard as one sequence, ordered by append time, then topic, then offset. */
export interface Merge {
  /** Up to `limit` next records, in order; fewer, or none, while a partition that may have an earlier one is awaited. */
  take(nowMs: number, limit: number): LogRecord[];
  /** When `take` gives up waiting for a silent partition; undefined when it does not wait or waits without limit. */
  holdUntilMs(): number | undefined;
}

export function createMerge(intakes: readonly PartitionIntake[], options: MergeOptions = MERGE_DEFAULTS): Merge {
  const ordered = [...intakes].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  let heldSince: number | undefined;

  const isHeldBack = (candidate: LogRecord, nowMs: number): boolean => {
    if (!ordered.some((intake) => intake.length === 0 && intake.hasMore)) {
      heldSince = undefined;
      return false;
    }
    if (nowMs - candidate.appendTime > options.liveWithinMs) return true;
    heldSince ??= nowMs;
    return nowMs - heldSince < options.maxHoldMs;
  };

  return {
    take(nowMs, limit) {
      const records: LogRecord[] = [];
      while (records.length < limit) {
        const source = earliest(ordered);
        const record = source?.peek();
        if (!source || !record || isHeldBack(record, nowMs)) break;
        source.shift();
        records.push(record);
      }
      if (records.length > 0) heldSince = undefined;
      return records;
    },
    holdUntilMs: () => (heldSince === undefined ? undefined : heldSince + options.maxHoldMs),
  };
}

function earliest(intakes: readonly PartitionIntake[]): PartitionIntake | undefined {
  let best: PartitionIntake | undefined;
  let bestTime = Number.POSITIVE_INFINITY;
  for (const intake of intakes) {
    const record = intake.peek();
    if (record && record.appendTime < bestTime) {
      best = intake;
      bestTime = record.appendTime;
    }
  }
  return best;
}
