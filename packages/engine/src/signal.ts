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
        let cancel: (() => void) | undefined;
        await new Promise<void>((resolve) => {
          release = resolve;
          cancel = clock.alarm(ms, resolve);
        });
        cancel?.();
        release = undefined;
      }
      isPending = false;
    },
  };
}
