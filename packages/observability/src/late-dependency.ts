import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from './error-description.ts';
import type { CheckAnswer } from './health.ts';
import type { Logger } from './logger.ts';

/** Something a service can start without and asks for until it is there. */
export interface LateDependency<T> {
  /** Undefined until it is there. */
  current(): T | undefined;
  /** For readiness: why it is not there yet. */
  check(): CheckAnswer;
  /** Stops asking; what was made is the caller's to close. */
  close(): Promise<void>;
}

export interface LateDependencyOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Pause between attempts, ms. Default 1,000. */
  readonly retryMs?: number;
}

const DEFAULT_RETRY_MS = 1_000;

/** Calls `make` until it resolves. A reason is logged when it is a new one, not at every attempt. */
export function createLateDependency<T>(make: () => Promise<T>, options: LateDependencyOptions): LateDependency<T> {
  const { name, logger } = options;
  const closing = new AbortController();
  let made: T | undefined;
  let reason = 'not asked yet';
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        made = await make();
        logger.info({ dependency: name }, 'dependency is there');
        return;
      } catch (error) {
        const message = errorMessage(error);
        if (message !== reason) logger.warn({ dependency: name, err: error }, 'dependency is not there yet');
        reason = message;
      }
      await delay(options.retryMs ?? DEFAULT_RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    current: () => made,
    check: () => (made === undefined ? { ok: false, reason } : { ok: true }),
    async close() {
      closing.abort();
      await running;
    },
  };
}
