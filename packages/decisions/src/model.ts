import type { CompiledTrigger, EvidenceItem } from '@holdfast/policy';
import type { ContactKind } from './ledger.ts';

export type ConsentPurpose = 'MARKETING' | 'SERVICE' | 'PROFILING';

/** `unknown`: the customer never said; existing customers may then be contacted until they object. */
export type Consent = 'granted' | 'withdrawn' | 'unknown';

/** What deciding has to know of the customer besides features and attributes. */
export interface CustomerFacts {
  readonly customerId: string;
  /** IANA. */
  readonly timeZone: string;
  /** Exclusions set on the customer that are active (`do-not-contact`, `fraud`, `staff`, `legal` …). */
  readonly exclusions: readonly string[];
  readonly isComplaintOpen: boolean;
  consent(channel: string, purpose: ConsentPurpose): Consent;
  /** The arm frozen at the first enrolment in a campaign. */
  enrolledArm(campaign: string): CampaignArm | undefined;
}

export type CampaignArm = 'treated' | 'control';
/** `holdout`: the universal one. */
export type Arm = CampaignArm | 'holdout';

export interface DecisionRequest {
  readonly trigger: CompiledTrigger;
  readonly occasion: string;
  /** Step of the campaign, `first` for the answer to a trigger. */
  readonly step: string;
  /** Stream time: nothing is planned before it, ms. */
  readonly nowMs: number;
  readonly evidence: readonly EvidenceItem[];
  readonly customer: CustomerFacts;
}

/** Why a candidate lost. */
export type LostBecause =
  | 'not-eligible'
  | 'do-not-contact'
  | 'excluded'
  | 'complaint-open'
  | 'no-consent'
  | 'no-channel'
  | 'quiet-hours'
  | 'cap'
  | 'minimum-gap'
  | 'cool-down'
  | 'holdout'
  | 'not-worth-it'
  | 'lower-value';

export interface Candidate {
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly kind: ContactKind;
  /** The channel it would take, the preferred one when none is open; empty for no action. */
  readonly channel: string;
  /** Expected value in minor units: propensity × value − cost; 0 for no action. */
  readonly score: number;
  readonly isEligible: boolean;
  /** Undefined for the winner. */
  readonly lostBecause?: LostBecause;
  readonly sendAt?: number;
  readonly sendBy?: number;
}

/** A candidate that passed every gate: it has a place in time. */
export type PlacedCandidate = Candidate & { readonly sendAt: number; readonly sendBy: number };

/** Why a trigger that fired led to nothing at all. */
export type SuppressionReason =
  | Exclude<LostBecause, 'holdout' | 'not-worth-it' | 'lower-value'>
  | 'no-campaign'
  | 'already-decided';

export type DecisionOutcome =
  | { readonly kind: 'contact'; readonly winner: PlacedCandidate; readonly arm: 'treated' }
  /** Would have been contacted: a ghost entry goes to the ledger. */
  | { readonly kind: 'control'; readonly winner: PlacedCandidate; readonly arm: 'control' | 'holdout' }
  | { readonly kind: 'suppressed'; readonly reason: SuppressionReason; readonly best?: Candidate }
  | { readonly kind: 'no-action' };

export interface Decision {
  readonly contactId: string;
  readonly trigger: string;
  readonly occasion: string;
  readonly step: string;
  readonly policyVersion: string;
  readonly decidedAt: number;
  /** Event time at which features were read. */
  readonly asOfMs: number;
  readonly outcome: DecisionOutcome;
  readonly evidence: readonly EvidenceItem[];
  readonly candidates: readonly Candidate[];
  /** Ids of the exclusions that held. */
  readonly exclusions: readonly string[];
  /** Probability with which this outcome was chosen; arbitration here is deterministic. */
  readonly probability: number;
  /** To be frozen in the customer's state: the campaign was not there yet. */
  readonly enrolment?: { readonly campaign: string; readonly arm: CampaignArm };
}
