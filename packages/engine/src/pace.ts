/** A shard holds the event loop for about so long at a time, ms: others, and the heartbeat, wait for it. */
const SLICE_MS = 10;
/**
 * A commit has costs of its own, and joins what a customer did often: it is not made smaller than so many records, however
 * slow the rules, or however busy the machine is with others.
 */
const SMALLEST_BATCH = 400;
/** Weight of the newest measurement: one collection of garbage is not to shrink the batches. */
const WEIGHT = 0.1;
/** Batches below tell nothing against a clock of 1 ms. */
const TELLING_RECORDS = 100;

/** Finds the size of the batches that one shard folds in one go by the time they take. What is folded stays the same. */
export interface Pace {
  /** Records of the next batch at the most. */
  limit(): number;
  /** The part of a commit that lets nobody else run begins … */
  begin(): void;
  /** … and ends, with so many records folded. */
  end(records: number): void;
}

/** `now` is in ms. */
export function createPace(now: () => number, largestBatch: number): Pace {
  let beganMs = 0;
  let msPerRecord = 0;
  return {
    limit() {
      if (msPerRecord === 0) return largestBatch;
      const fitting = Math.floor(SLICE_MS / msPerRecord);
      return Math.min(largestBatch, Math.max(SMALLEST_BATCH, fitting));
    },
    begin() {
      beganMs = now();
    },
    end(records) {
      if (records < TELLING_RECORDS) return;
      const measured = (now() - beganMs) / records;
      msPerRecord = msPerRecord === 0 ? measured : msPerRecord + WEIGHT * (measured - msPerRecord);
    },
  };
}
