import type { AppendOutcome } from './event-intake.ts';

/** How much waits for the log, and how fast the log takes it: when it is worth while to send again. */
export interface Pressure {
  /** Events were handed to the log. */
  started(events: number): void;
  /** It answered for each of them. */
  finished(outcomes: readonly AppendOutcome[]): void;
  /** Until what waits now will have been taken. */
  busySeconds(): number;
  /** While the log is away: half as long as it has been away already. */
  awaySeconds(): number;
}

const WINDOW_MS = 5_000;
const MAX_BUSY_SECONDS = 60;
const AWAY_SECONDS = { least: 2, most: 30 };

/** `nowMs` is a monotonic clock. */
export function createPressure(nowMs: () => number = performance.now.bind(performance)): Pressure {
  let waiting = 0;
  let awaySinceMs: number | undefined;
  let window = { sinceMs: nowMs(), taken: 0 };
  let previousPerSecond = 0;

  const turn = (): void => {
    const lengthMs = nowMs() - window.sinceMs;
    if (lengthMs < WINDOW_MS) return;
    previousPerSecond = (window.taken / lengthMs) * 1_000;
    window = { sinceMs: nowMs(), taken: 0 };
  };
  const perSecond = (): number => {
    turn();
    const seconds = Math.max(1, (nowMs() - window.sinceMs) / 1_000);
    return Math.max(previousPerSecond, window.taken / seconds);
  };
  return {
    started(events) {
      waiting += events;
    },
    finished(outcomes) {
      turn();
      waiting -= outcomes.length;
      const taken = outcomes.filter(({ kind }) => kind === 'accepted').length;
      window.taken += taken;
      if (taken > 0) awaySinceMs = undefined;
      else if (outcomes.some(({ kind }) => kind === 'unavailable')) awaySinceMs ??= nowMs();
    },
    busySeconds() {
      const rate = perSecond();
      return rate === 0 ? AWAY_SECONDS.least : Math.min(MAX_BUSY_SECONDS, Math.max(1, Math.ceil(waiting / rate)));
    },
    awaySeconds() {
      const seconds = awaySinceMs === undefined ? 0 : (nowMs() - awaySinceMs) / 2_000;
      return Math.min(AWAY_SECONDS.most, Math.max(AWAY_SECONDS.least, Math.ceil(seconds)));
    },
  };
}

/** An append that tells the pressure of what it does. `append` never rejects. */
export function underPressure<E>(
  append: (events: readonly E[]) => Promise<readonly AppendOutcome[]>,
  pressure: Pressure,
): (events: readonly E[]) => Promise<readonly AppendOutcome[]> {
  return async (events) => {
    pressure.started(events.length);
    const outcomes = await append(events);
    pressure.finished(outcomes);
    return outcomes;
  };
}
