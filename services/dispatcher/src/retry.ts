import { spread } from '@holdfast/webhook';

/** When a failed try is repeated. */
export interface RetryPlan {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Tries after which the contact has failed. */
  readonly maxTries: number;
}

/** Waits double from try to try up to `maxMs`; half of each is jitter, so that contacts that failed together part. */
export function backoffMs(plan: RetryPlan, tries: number, contactId: string): number {
  const longestMs = Math.min(plan.maxMs, plan.firstMs * 2 ** Math.min(Math.max(tries - 1, 0), 30));
  return Math.round(longestMs * (0.5 + 0.5 * spread(contactId, tries)));
}
