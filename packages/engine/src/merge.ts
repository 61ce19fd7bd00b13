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
    if (!ordered.some((intake) => intake.length() === 0 && intake.hasMore())) {
      heldSince = undefined;
      return false;
    }
    if (nowMs - candidate.appendTime > options.liveWithinMs) return true;
    heldSince ??= nowMs;
    return nowMs - heldSince < options.maxHoldMs;
  };

  /** Takes what comes before every other input's first record: most records come in runs. Until an input is empty. */
  const takeRun = (records: LogRecord[], nowMs: number, limit: number): boolean => {
    const best = earliest(ordered, undefined);
    const first = best?.peek();
    if (!best || !first || isHeldBack(first, nowMs)) return false;
    const other = earliest(ordered, best);
    const untilMs = other?.peek()?.appendTime ?? Number.POSITIVE_INFINITY;
    const winsTies = other === undefined || ordered.indexOf(best) < ordered.indexOf(other);
    const isOpen = heldSince !== undefined;
    for (let record = best.peek(); record && records.length < limit; record = best.peek()) {
      if (record.appendTime > untilMs || (record.appendTime === untilMs && !winsTies)) return true;
      best.shift();
      records.push(record);
      // What is let through after a hold is judged one by one: each has an age of its own.
      if (isOpen) return true;
    }
    return true;
  };

  return {
    take(nowMs, limit) {
      const records: LogRecord[] = [];
      while (records.length < limit && takeRun(records, nowMs, limit));
      if (records.length > 0) heldSince = undefined;
      return records;
    },
    holdUntilMs: () => (heldSince === undefined ? undefined : heldSince + options.maxHoldMs),
  };
}

/** The intake whose first record comes first, `except` one. */
function earliest(
  intakes: readonly PartitionIntake[],
  except: PartitionIntake | undefined,
): PartitionIntake | undefined {
  let best: PartitionIntake | undefined;
  let bestTime = Number.POSITIVE_INFINITY;
  for (const intake of intakes) {
    if (intake === except) continue;
    const record = intake.peek();
    if (record && record.appendTime < bestTime) {
      best = intake;
      bestTime = record.appendTime;
    }
  }
  return best;
}
