import type { Clock } from './ports/clock.ts';
import type { InputLog } from './ports/log.ts';
import type { EngineObserver } from './ports/observer.ts';
import type { Shard } from './shard.ts';
import { createWakeUp } from './signal.ts';

export interface StallWatchDeps {
  shards(): readonly Shard[];
  /** Input topics. */
  readonly topics: readonly string[];
  readonly log: Pick<InputLog, 'bounds' | 'clusterId'>;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

export interface StallWatchOptions {
  readonly lagCheckMs: number;
  readonly stalledMs: number;
}

/**
 * Asks the broker, apart from the fetches, where the inputs end, and finds shards that have work and do not move. A fetch
 * that brings nothing looks like a quiet log to whoever only fetches.
 */
export interface StallWatch {
  /** How long the shard has not moved although it should, ms. */
  stalledMs(partition: number): number;
  /** Since when every look was answered by the broker, ms since the epoch; undefined when the last one was not. */
  answersSince(): number | undefined;
  start(): void;
  close(): void;
}

interface Mark {
  readonly shard: Shard;
  readonly progress: string;
  readonly sinceMs: number;
}

export function createStallWatch(deps: StallWatchDeps, options: StallWatchOptions): StallWatch {
  const { clock, log, observer } = deps;
  const closing = createWakeUp(clock);
  let isClosed = false;
  let marks = new Map<number, Mark>();
  let lookedAtMs = clock.now();
  let answersSinceMs: number | undefined;

  const askEnds = (shard: Shard) =>
    Promise.all(deps.topics.map(async (topic) => shard.sawEnd(topic, (await log.bounds(topic, shard.partition)).high)));

  const markOf = (shard: Shard): Mark | undefined => {
    if (!shard.hasWork()) return undefined;
    const before = marks.get(shard.partition);
    const progress = shard.progress();
    if (before?.shard === shard && before.progress === progress) return before;
    return { shard, progress, sinceMs: clock.now() };
  };

  const look = async () => {
    const shards = deps.shards();
    try {
      if (shards.length === 0) await log.clusterId();
      await Promise.all(shards.map(askEnds));
      answersSinceMs ??= clock.now();
    } catch {
      // Who is not answered by the broker is no judge of shards that wait for it.
      marks.clear();
      answersSinceMs = undefined;
      return;
    }
    const next = new Map<number, Mark>();
    for (const shard of shards) {
      const mark = markOf(shard);
      if (mark) next.set(shard.partition, mark);
    }
    marks = next;
    lookedAtMs = clock.now();
    for (const { shard, sinceMs } of marks.values()) {
      const stalledMs = lookedAtMs - sinceMs;
      if (stalledMs < options.stalledMs) continue;
      observer.trouble(shard.id, 'stalled', `${shard.phase()} for ${stalledMs} ms with work and without progress`);
    }
  };

  const run = async () => {
    while (!isClosed) {
      await closing.wait(options.lagCheckMs);
      if (!isClosed) await look();
    }
  };

  return {
    stalledMs(partition) {
      const mark = marks.get(partition);
      return mark ? lookedAtMs - mark.sinceMs : 0;
    },
    answersSince: () => answersSinceMs,
    start: () => void run(),
    close() {
      isClosed = true;
      closing.wake();
    },
  };
}
