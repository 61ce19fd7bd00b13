import type { StoredTally } from './ports/store.ts';
import type { TallyChange } from './topology.ts';

/** Numbers that the entities of a shard share. Changes are taken back with the fold that made them. */
export interface Tallies {
  /** 0 where there is none, or its time is over. */
  at(name: string, nowMs: number): number;
  /** Throws where a number would be no safe integer, or more numbers would be kept than a shard may. */
  change(changes: readonly TallyChange[], streamTimeMs: number): void;
  /** What changed since the last `settle`, for the commit, which is the time to forget what is long over; undefined for nothing. */
  changes(streamTimeMs: number): Readonly<Record<string, StoredTally | null>> | undefined;
  all(): ReadonlyMap<string, StoredTally>;
  settle(): void;
  rollback(): void;
}

/** Numbers of one shard. They are read with each claim, and lie in one hash of the store. */
export const MAX_TALLIES = 10_000;
const LONGEST_NAME = 200;
/**
 * What is over is kept so much longer, ms: a reader asks by its own time, which may be a little behind the stream's where
 * inputs were merged out of order. To forget a number must not be able to change an answer.
 */
const KEPT_MS = 3_600_000;

export function createTallies(start: Readonly<Record<string, StoredTally>> | undefined): Tallies {
  const tallies = new Map(Object.entries(start ?? {}));
  const before = new Map<string, StoredTally | undefined>();
  /** No number ends earlier; it may be that none ends so early. */
  let earliestEndMs = earliestEnd(tallies.values());

  const put = (name: string, tally: StoredTally | undefined) => {
    if (!before.has(name)) before.set(name, tallies.get(name));
    if (!tally) return void tallies.delete(name);
    tallies.set(name, tally);
    earliestEndMs = Math.min(earliestEndMs, endOf(tally));
  };

  const forgetEnded = (streamTimeMs: number) => {
    const beforeMs = streamTimeMs - KEPT_MS;
    if (earliestEndMs > beforeMs) return;
    for (const [name, tally] of tallies) if (endOf(tally) <= beforeMs) put(name, undefined);
    earliestEndMs = earliestEnd(tallies.values());
  };

  const changeOne = ({ name, by, untilMs }: TallyChange, streamTimeMs: number) => {
    const known = tallies.get(name);
    const value = (known?.value ?? 0) + by;
    const endMs = untilMs ?? known?.untilMs;
    refuseUnwritable(name, value, endMs);
    if (value === 0) return put(name, undefined);
    if (!known && tallies.size >= MAX_TALLIES) forgetEnded(streamTimeMs);
    if (!known && tallies.size >= MAX_TALLIES) {
      throw new Error(`the tally ${name} has no room: a shard keeps ${MAX_TALLIES} of them at the most`);
    }
    put(name, endMs === undefined ? { value } : { value, untilMs: endMs });
  };

  return {
    at(name, nowMs) {
      const tally = tallies.get(name);
      return tally && endOf(tally) > nowMs ? tally.value : 0;
    },
    change(changes, streamTimeMs) {
      for (const change of changes) changeOne(change, streamTimeMs);
    },
    changes(streamTimeMs) {
      forgetEnded(streamTimeMs);
      if (before.size === 0) return undefined;
      const changed = [...before].filter(([name, tally]) => !isSame(tally, tallies.get(name)));
      if (changed.length === 0) return undefined;
      return Object.fromEntries(changed.map(([name]) => [name, tallies.get(name) ?? null]));
    },
    all: () => tallies,
    settle: () => before.clear(),
    rollback() {
      for (const [name, tally] of before) {
        if (!tally) tallies.delete(name);
        else tallies.set(name, tally);
      }
      before.clear();
      earliestEndMs = earliestEnd(tallies.values());
    },
  };
}

function endOf({ untilMs }: StoredTally): number {
  return untilMs ?? Number.POSITIVE_INFINITY;
}

function earliestEnd(tallies: Iterable<StoredTally>): number {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const tally of tallies) earliestMs = Math.min(earliestMs, endOf(tally));
  return earliestMs;
}

function isSame(a: StoredTally | undefined, b: StoredTally | undefined): boolean {
  return a?.value === b?.value && a?.untilMs === b?.untilMs;
}

function refuseUnwritable(name: string, value: number, untilMs: number | undefined): void {
  if (name === '' || name.length > LONGEST_NAME) {
    throw new Error(`a tally has a name of ${name.length} characters; it needs 1 to ${LONGEST_NAME}`);
  }
  if (!Number.isSafeInteger(value)) throw new Error(`the tally ${name} would be ${value}, which is no safe integer`);
  if (untilMs !== undefined && !Number.isSafeInteger(untilMs)) {
    throw new Error(`the tally ${name} would end at ${untilMs}, which is no number of ms`);
  }
}
