interface Waiter {
  readonly calledAtMs: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Waits for a sign that the group still counts us in, begun after it was asked for. */
export interface Confirmation {
  /** Resolves at the first `seen` whose beginning lies after this call; rejects on `fail`. */
  wait(): Promise<void>;
  /** A join or heartbeat succeeded that took this long. */
  seen(durationMs: number): void;
  /** No sign will come any more. */
  fail(error: Error): void;
}

/** Durations come from a clock of 1 ms resolution; the beginning is taken earlier by this much, never later. */
const RESOLUTION_MS = 1;

/** `now` is a monotonic clock in ms. */
export function createConfirmation(now: () => number): Confirmation {
  let waiters: Waiter[] = [];
  let failure: Error | undefined;
  return {
    wait: () =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiters.push({ calledAtMs: now(), resolve, reject });
      }),
    seen(durationMs) {
      const begunLatestMs = now() - durationMs;
      const isConfirmed = (waiter: Waiter) => waiter.calledAtMs < begunLatestMs - RESOLUTION_MS;
      const confirmed = waiters.filter(isConfirmed);
      waiters = waiters.filter((waiter) => !isConfirmed(waiter));
      for (const waiter of confirmed) waiter.resolve();
    },
    fail(error) {
      failure = error;
      for (const waiter of waiters.splice(0)) waiter.reject(error);
    },
  };
}
