import type { Clock } from './ports/clock.ts';

/** Wakes one waiting loop; a wake-up while nobody waits is kept. */
export interface WakeUp {
  wake(): void;
  /** Resolves at the next wake-up, or after `ms`. */
  wait(ms: number): Promise<void>;
}

export function createWakeUp(clock: Clock): WakeUp {
  let isPending = false;
  let release: (() => void) | undefined;
  return {
    wake() {
      isPending = true;
      release?.();
    },
    async wait(ms) {
      if (!isPending && ms > 0) {
        const timeout = new AbortController();
        await Promise.race([
          new Promise<void>((resolve) => {
            release = resolve;
          }),
          clock.sleep(ms, timeout.signal),
        ]);
        timeout.abort();
        release = undefined;
      }
      isPending = false;
    },
  };
}
