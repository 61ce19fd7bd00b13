import { NO_ACTION, OTHER_SEGMENT } from '@holdfast/policy';
import type { Candidate } from './model.ts';
import type { OfferPlay, Playbook } from './playbook.ts';
import type { Holds } from './shared-condition.ts';
import type { ShardStanding } from './standing.ts';

/** The first segment that the customer is in. */
export function segmentOf(segments: Playbook['segments'], holds: Holds): string {
  return segments.find(({ when }) => holds(when))?.name ?? OTHER_SEGMENT;
}

/**
 * How probably the offer is accepted: the mean of what was learnt of it in the segment, which the policy's statement is part
 * of; that statement alone where nothing was.
 */
export function propensityOf({ offer }: OfferPlay, segment: string, standing: ShardStanding): number {
  const learnt = standing.posterior(offer.id, segment);
  if (learnt === undefined) return offer.propensity;
  const mean = learnt.alpha / (learnt.alpha + learnt.beta);
  return Number.isFinite(mean) ? mean : offer.propensity;
}

/** Propensity × context × value × lever, in minor units; cost is not in it. */
export function expectedMinor({ context, worthMinor }: OfferPlay, propensity: number, holds: Holds): number {
  let expected = propensity * worthMinor;
  for (const { when, factor } of context) if (holds(when)) expected *= factor;
  return expected;
}

/** The same at most, whatever of its context is true for a customer. */
export function mostExpectedMinor(play: OfferPlay, segment: string, standing: ShardStanding): number {
  let most = propensityOf(play, segment, standing) * play.worthMinor;
  for (const { factor } of play.context) most *= Math.max(1, factor);
  return most;
}

/** Doing nothing: worth nothing, and always possible. */
export function noAction(): Draft {
  return {
    campaign: '',
    offer: NO_ACTION,
    category: '',
    kind: 'service',
    channel: '',
    score: 0,
    propensity: 0,
    costMinor: 0,
    variant: '',
    isEligible: true,
    lostBecause: undefined,
    sendAt: undefined,
    sendBy: undefined,
    slotAt: undefined,
  };
}

/** Highest expected value first; no action wins a tie, then the order of names decides. */
export function byValue(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.offer === NO_ACTION) return -1;
  if (b.offer === NO_ACTION) return 1;
  return compare(a.offer, b.offer) || compare(a.campaign, b.campaign);
}

/** A candidate while it is judged. All have all fields, so that looking at many of them is quick. */
export type Draft = { -readonly [K in keyof Candidate]-?: Candidate[K] };
export type PlacedDraft = Draft & { sendAt: number; sendBy: number };

/** Whether nothing stopped it so far: it has a place in time. */
export function isPlaced(candidate: Draft): candidate is PlacedDraft {
  return candidate.lostBecause === undefined && candidate.sendAt !== undefined && candidate.sendBy !== undefined;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
