import type { Interval } from './interval.ts';
import { type LoggedDecision, type OffPolicyEstimate, snips } from './off-policy.ts';

/** An offer that was drawn to be recommended first, and that an agent presented. Its reward is 1 when it was accepted. */
export type PresentedOffer = Omit<LoggedDecision, 'choices'>;

/** What agents made of what they were recommended, and what each offer would have made had it always come first. */
export interface PresentedEvaluation {
  readonly presented: number;
  readonly accepted: number;
  /** Part that was accepted, of what was drawn as it was. */
  readonly asPresented: ShareEstimate;
  /** Most accepted first. */
  readonly offers: readonly OfferEstimate[];
}

export interface OfferEstimate {
  readonly offer: string;
  readonly presented: number;
  readonly accepted: number;
  /** Acceptances per presentation, had it come first wherever it could be drawn. */
  readonly always: ShareEstimate;
  readonly largestWeight: number;
}

/** The interval is of 95 %, by Wilson's score of as many as weigh the same. */
export interface ShareEstimate extends Interval {
  readonly value: number;
  readonly effectiveN: number;
}

const Z = 1.96;

/**
 * By SNIPS alone: what was recommended and not presented is in no log, so presentations are a part of the requests, and which part
 * may differ from offer to offer. Σ w·reward ÷ Σ w is acceptances over presentations under the other way of choosing all the same;
 * IPS and doubly robust divide by presentations of the way that was. Null where nothing was presented.
 */
export function evaluatePresented(log: readonly PresentedOffer[]): PresentedEvaluation | null {
  if (log.length === 0) return null;
  const accepted = acceptancesOf(log);
  const byOffer = Map.groupBy(log, ({ action }) => action);
  const offers = [...byOffer].map(([offer, own]) => estimateOf(offer, own));
  return {
    presented: log.length,
    accepted,
    asPresented: { value: accepted / log.length, effectiveN: log.length, ...wilson(accepted / log.length, log.length) },
    offers: offers.sort((a, b) => b.always.value - a.always.value || (a.offer < b.offer ? -1 : 1)),
  };
}

/** The others weigh nothing. */
function estimateOf(offer: string, own: readonly PresentedOffer[]): OfferEstimate {
  const { value, effectiveN, largestWeight } = snips(own, () => new Map([[offer, 1]]));
  const always = { value, effectiveN, ...wilson(value, effectiveN) };
  return { offer, presented: own.length, accepted: acceptancesOf(own), always, largestWeight };
}

function acceptancesOf(log: readonly PresentedOffer[]): number {
  return log.reduce((sum, { reward }) => sum + reward, 0);
}

/** Of a few presentations, or where all were refused, a standard error would be 0 (Wilson 1927; Kish 1965 on the effective sample). */
function wilson(share: number, n: OffPolicyEstimate['effectiveN']): Interval {
  const square = Z ** 2;
  const center = (share + square / (2 * n)) / (1 + square / n);
  const half = (Z / (1 + square / n)) * Math.sqrt((share * (1 - share)) / n + square / (4 * n ** 2));
  return { lower: Math.max(0, center - half), upper: Math.min(1, center + half) };
}
