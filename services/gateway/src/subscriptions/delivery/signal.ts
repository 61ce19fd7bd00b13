/** Wakes one waiter. What was signalled while nobody waited is not lost. */
export interface Signal {
  raise(): void;
  /** Resolves when raised, or after so long. */
  wait(maxMs: number): Promise<void>;
}

export function createSignal(): Signal {
  let isRaised = false;
  let resume: (() => void) | undefined;
  return {
    raise() {
      isRaised = true;
      resume?.();
    },
    wait(maxMs) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          resume = undefined;
          isRaised = false;
          resolve();
        };
        const timer = setTimeout(done, maxMs);
        resume = done;
        if (isRaised) done();
      });
    },
  };
}
