/** Time, handed in so that the simulated world can hold it. */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>;
  /** Calls `ring` once, after `ms`; the answer cancels it. For waits that mostly end before. */
  alarm(ms: number, ring: () => void): () => void;
}
