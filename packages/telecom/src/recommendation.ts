import type { LostBecause } from '@holdfast/decisions';
import type { EvidenceItem } from '@holdfast/policy';

/** What whoever asks says of the moment. */
export interface RecommendationContext {
  /** Names the request: the same again gives the same contact ids. */
  readonly requestId: string;
  readonly nowMs: number;
  /** The channel on which the customer is there. */
  readonly channel: string;
  /** Why he called, as the caller's tool codes it; empty where it does not say. `complaint`, `fault`, `complaint-…` ask for service. */
  readonly reason: string;
  readonly agent: string;
  /** BCP 47; the customer's where it is absent. */
  readonly language?: string | undefined;
  /** Product offerings (ids of offers) that he has in his cart or orders: they are not recommended. */
  readonly inHand: readonly string[];
  /** Product offerings that he asked about: they come first, where nothing stands in their way. */
  readonly askedFor: readonly string[];
  /** Only offers of these categories; all where it is empty. */
  readonly categories: readonly string[];
  /** At most so many actions. */
  readonly most: number;
}

/** What to offer a customer who is there, and why. Times in ms since the epoch, amounts in minor units of `currency`. */
export interface Recommendation {
  readonly requestId: string;
  readonly customerId: string;
  readonly decidedAt: number;
  /** As of then conditions and features were read. */
  readonly asOfMs: number;
  /** Event time of the newest event that is in it; null before the first. */
  readonly lastEventAt: number | null;
  readonly policyVersion: string;
  readonly currency: string;
  readonly channel: string;
  readonly language: string;
  /** Nothing is sold because of it; null where all may be offered. */
  readonly serviceFirst: ServiceFirst | null;
  /** Ids of the exclusions that hold. */
  readonly exclusions: readonly string[];
  /** Of the customer, under which propensities are learnt. */
  readonly segment: string;
  /** The first to be offered first. */
  readonly actions: readonly RecommendedAction[];
  /** Candidates that are not among them, the most valuable first. */
  readonly lost: readonly LostCandidate[];
}

export type ServiceFirst = 'complaint-open' | 'reason';

export interface RecommendedAction {
  /** Under which `presented`, `accepted` … come back. */
  readonly contactId: string;
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly kind: 'marketing' | 'service';
  readonly channel: string;
  readonly title: string;
  /** What to say, with the customer's facts filled in; empty where the offer has none. */
  readonly script: string;
  /** Of title and script, as far as the policy has it. */
  readonly language: string;
  /** Why now: the trigger that speaks for the campaign, what it says, and each condition with its values. */
  readonly trigger: string;
  readonly reason: string;
  readonly evidence: readonly EvidenceItem[];
  /** Propensity × context × value × lever − cost. */
  readonly expectedValueMinor: number;
  readonly propensity: number;
  /**
   * With which it was chosen before the others, 1 where nothing was left to chance; null of the others, and of what waits: there
   * its decision says it.
   */
  readonly probability: number | null;
  readonly validUntil: number;
  /** It was decided before and waits: the contact is that one. */
  readonly isPending: boolean;
  /** The customer asked about it: that is why it is not in the order of value. */
  readonly isAskedFor: boolean;
}

export interface LostCandidate {
  readonly campaign: string;
  readonly offer: string;
  readonly expectedValueMinor: number;
  readonly because: NotRecommended;
}

/**
 * `in-hand`: he has it in his cart; `not-asked`: of a category that was not asked for; `control`: he is in the control group of
 * the campaign.
 */
export type NotRecommended = LostBecause | 'in-hand' | 'not-asked' | 'control';
