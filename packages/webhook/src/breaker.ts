/**
 * Keeps contacts away from a provider that does not answer. Own code instead of opossum: what is put back must be told
 * until when, and a provider's `Retry-After` must open it for so long; opossum wraps the call, rejects it and keeps its
 * timers to itself.
 *
 * closed ──failures in a row──▶ open ──time is up──▶ half open ──one probe──▶ closed, or open for twice as long
 */
export interface Breaker {
  /** Asks for a call. A permit must be settled; a wait says when asking again makes sense, ms since the epoch. */
  admit(): Admission;
  state(): BreakerState;
}

export type Admission =
  | { readonly kind: 'permit'; settle(result: CallResult): void }
  | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * `answered`: the provider works, whatever it said of this contact. `failed`: it does not; with `notBeforeMs` it said
 * itself until when it wants to be left alone. `unused`: no call was made.
 */
export type CallResult =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly notBeforeMs?: number }
  | { readonly kind: 'unused' };

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface BreakerPlan {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
  /** Doubles with every failed probe up to this. */
  readonly maxOpenMs: number;
}

/** While a probe is under way, others are told to come back after so long. */
const PROBE_WAIT_MS = 1_000;

export function createBreaker(plan: BreakerPlan, now: () => number): Breaker {
  let failures = 0;
  let openUntilMs = 0;
  let openings = 0;
  let isProbing = false;

  const isClosed = () => openUntilMs === 0;
  const close = () => {
    failures = 0;
    openings = 0;
    openUntilMs = 0;
  };
  const open = (notBeforeMs = 0) => {
    const openMs = Math.min(plan.maxOpenMs, plan.openMs * 2 ** Math.min(openings, 30));
    openings += 1;
    openUntilMs = Math.max(now() + openMs, notBeforeMs);
  };
  const permit = (isProbe: boolean): Admission => {
    let isSettled = false;
    return {
      kind: 'permit',
      settle(result) {
        if (isSettled) return;
        isSettled = true;
        if (isProbe) isProbing = false;
        // A call from before the opening says nothing about the provider now; only the probe does.
        if (result.kind === 'unused' || (!isProbe && !isClosed())) return;
        if (result.kind === 'answered') return close();
        failures += 1;
        if (isProbe || failures >= plan.failures || result.notBeforeMs !== undefined) open(result.notBeforeMs);
      },
    };
  };
  return {
    admit() {
      if (isClosed()) return permit(false);
      const nowMs = now();
      if (nowMs < openUntilMs) return { kind: 'wait', untilMs: openUntilMs };
      if (isProbing) return { kind: 'wait', untilMs: nowMs + PROBE_WAIT_MS };
      isProbing = true;
      return permit(true);
    },
    state() {
      if (isClosed()) return 'closed';
      return now() < openUntilMs ? 'open' : 'half-open';
    },
  };
}
