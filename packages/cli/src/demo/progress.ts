import type { ReceivedAlert } from './alert-listener.ts';
import { quantile } from './figures.ts';
import { between, type Reading } from './reading.ts';

/** How a run stands. */
export interface Progress {
  readonly elapsedMs: number;
  /** Since the run began. */
  readonly so: Reading;
  readonly eventsPerSecond: number;
  readonly alerts: readonly ReceivedAlert[];
}

/** Over how long the current rate is measured. */
const RATE_OVER_MS = 2_000;

/** Follows a run through readings. */
export interface ProgressTracker {
  take(reading: Reading): Progress;
}

export function createProgressTracker(start: Reading, alerts: readonly ReceivedAlert[]): ProgressTracker {
  let recent: Reading[] = [start];
  return {
    take(reading) {
      recent = [...recent.filter(({ atMs }) => atMs >= reading.atMs - RATE_OVER_MS), reading];
      const [oldest = start] = recent;
      const seconds = (reading.atMs - oldest.atMs) / 1_000;
      const eventsPerSecond = seconds > 0 ? Math.round((reading.folded - oldest.folded) / seconds) : 0;
      return { elapsedMs: reading.atMs - start.atMs, so: between(start, reading), eventsPerSecond, alerts };
    },
  };
}

export interface Latency {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * From the append of the record that made a play fire (`decidedAt`) to the arrival of its alert at the agent. Silences are left
 * out: no record makes them fire.
 */
export function latencyOf(alerts: readonly ReceivedAlert[], isSilence: (play: string) => boolean): Latency {
  const took = alerts.filter(({ play }) => !isSilence(play)).map((alert) => alert.receivedAt - alert.decidedAt);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}
