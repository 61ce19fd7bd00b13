import type { HeldBackFeed } from './standing.ts';

/**
 * Timers of absence that are due and wait for their feed. Nothing tells which of them could fire next, so each is looked at
 * again after a while; with many of them the while gets longer, or a feed that is silent over a night would keep the
 * shard busy with looking.
 */
export interface HeldBack {
  /** A due timer was looked at and its feed has not come so far. */
  note(feed: string): void;
  /** When a timer looked at now is looked at next, ms of stream time. */
  nextLookMs(nowMs: number): number;
  /** Feeds that hold timers back, with the number found in one round of looks. */
  feeds(): HeldBackFeed[];
}

/** Stream time for each timer that waits, ms: 250 looks a second at the most while live. */
const MS_PER_TIMER = 4;
/** Looks gather at these times, so that they share commits. */
const GRID_MS = 1_000;

/** `now` is in ms; `shortestMs` is the pause between two looks at a timer while few wait. */
export function createHeldBack(now: () => number, shortestMs: number): HeldBack {
  let counting = new Map<string, number>();
  let counted = new Map<string, number>();
  let retryMs = shortestMs;
  let roundEndsMs = now() + shortestMs;

  const close = () => {
    const nowMs = now();
    if (nowMs < roundEndsMs) return;
    // Nobody looked for a whole round more: what was counted before is over too.
    counted = nowMs < roundEndsMs + 2 * retryMs ? counting : new Map();
    counting = new Map();
    retryMs = Math.max(shortestMs, MS_PER_TIMER * sum(counted));
    roundEndsMs = nowMs + retryMs;
  };

  return {
    note(feed) {
      close();
      counting.set(feed, (counting.get(feed) ?? 0) + 1);
    },
    nextLookMs(nowMs) {
      close();
      const laterMs = Math.max(retryMs, MS_PER_TIMER * sum(counting));
      return Math.ceil((nowMs + laterMs) / GRID_MS) * GRID_MS;
    },
    feeds() {
      close();
      const feeds = new Set([...counted.keys(), ...counting.keys()]);
      return [...feeds].map((feed) => ({
        feed,
        timers: Math.max(counted.get(feed) ?? 0, counting.get(feed) ?? 0),
      }));
    },
  };
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
