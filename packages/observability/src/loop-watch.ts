import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface LoopWatchOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A longer standstill is logged and counted, ms. Default 500. */
  readonly stallMs?: number;
  /** How often the delays are looked at, ms. Default 1,000. */
  readonly lookMs?: number;
  /** Told of every standstill that is logged, with its length in ms, once the loop turns again. */
  readonly onStall?: (stalledMs: number) => void;
}

/** Notices that the event loop stood still: too much work at once, a machine without time, a process that was stopped. */
export interface LoopWatch {
  close(): void;
}

const STALL_MS = 500;
const LOOK_MS = 1_000;
const RESOLUTION_MS = 20;

export function createLoopWatch(options: LoopWatchOptions): LoopWatch {
  const { logger, metrics } = options;
  const stallMs = options.stallMs ?? STALL_MS;
  const lookMs = options.lookMs ?? LOOK_MS;
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const stalls = metrics.counter({ name: 'event_loop_stalls_total', help: 'Standstills of the event loop.' });
  const longest = metrics.gauge({
    name: 'event_loop_stall_seconds',
    help: 'Longest delay of the event loop in the last look of a second.',
  });
  stalls.increment({}, 0);
  delays.enable();
  let dueMs = performance.now() + lookMs;
  const look = () => {
    // A look that is late itself may come before the delay was recorded, and the reset would forget it.
    const lateMs = performance.now() - dueMs;
    const longestMs = Math.max(0, Math.round(Math.max(lateMs, delays.max / 1e6 - RESOLUTION_MS)));
    delays.reset();
    dueMs = performance.now() + lookMs;
    longest.set({}, longestMs / 1_000);
    if (longestMs < stallMs) return;
    stalls.increment({});
    logger.warn({ stalledMs: longestMs }, 'the event loop stood still');
    options.onStall?.(longestMs);
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      delays.disable();
    },
  };
}
