import type { Lag } from './lag.ts';

/** States further behind the log are not acted upon: an opt-out, or a report of what was sent, may not be folded yet. */
const LOST_BEHIND_MS = 30_000;
/** Less than what loses it, so that a shard that stays about so far behind does not write at each commit. */
const GIVEN_WITHIN_MS = 15_000;

/** Whether the dispatcher may act upon the states of a claim, as last committed. */
export interface Trust {
  /**
   * What the next commit is to write; undefined when nothing changes. `foldedMs` is the append time of the last record
   * folded once it is through, `waiting` that of a record taken and not folded by it.
   */
  change(nowMs: number, foldedMs: number, waiting: number | undefined): boolean | undefined;
  committed(isGiven: boolean): void;
}

export function createTrust(lag: Lag, isCaughtUp: () => boolean): Trust {
  let isGiven = false;
  return {
    change(nowMs, foldedMs, waiting) {
      const behindMs = lag.behindMs(nowMs, waiting);
      if (isGiven) return behindMs > LOST_BEHIND_MS ? false : undefined;
      // Between two fetches of a backlog nothing waits: there, only what was folded says how far it is.
      const isNear = waiting === undefined && (isCaughtUp() || nowMs - foldedMs < GIVEN_WITHIN_MS);
      return isNear && behindMs < GIVEN_WITHIN_MS ? true : undefined;
    },
    committed(given) {
      isGiven = given;
    },
  };
}
