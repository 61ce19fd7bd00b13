import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from './error-description.ts';
import type { CheckAnswer } from './health.ts';
import type { Logger } from './logger.ts';

/** Something a service can start without and asks for until it is there. */
export interface LateDependency<T> {
  /** Undefined until it is there. */
  current(): T | undefined;
  /** Resolves with it once it is there, with undefined when closed before. */
  arrived(): Promise<T | undefined>;
  /** For readiness: why it is not there yet. */
  check(): CheckAnswer;
  /** Stops asking; what was made is the caller's to close. */
  close(): Promise<void>;
}

export interface LateDependencyOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Pause after the first attempt, ms; it doubles from attempt to attempt, up to sixteen times as long. Default 500. */
  readonly retryMs?: number;
}

const DEFAULT_RETRY_MS = 500;
const MAX_DOUBLINGS = 4;

/** Calls `make` until it resolves. The first reason is logged as a warning; the latest is what `check` answers. */
export function createLateDependency<T>(make: () => Promise<T>, options: LateDependencyOptions): LateDependency<T> {
  const { name, logger } = options;
  const closing = new AbortController();
  let made: T | undefined;
  let reason = 'not asked yet';
  const run = async (): Promise<T | undefined> => {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        made = await make();
        logger.debug({ dependency: name }, 'dependency is there');
        return made;
      } catch (error) {
        reason = errorMessage(error);
        logger[attempt === 0 ? 'warn' : 'debug']({ dependency: name, reason }, 'dependency is not there yet');
      }
      const pauseMs = (options.retryMs ?? DEFAULT_RETRY_MS) * 2 ** Math.min(attempt, MAX_DOUBLINGS);
      await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    return undefined;
  };
  const running = run();
  return {
    current: () => made,
    arrived: () => running,
    check: () => (made === undefined ? { ok: false, reason } : { ok: true }),
    async close() {
      closing.abort();
      await running;
    },
  };
}
