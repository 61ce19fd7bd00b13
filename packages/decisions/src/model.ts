import type { CompiledPolicy, CompiledTrigger, EvidenceItem, Scope } from '@holdfast/policy';
import type { CustomerDealings, FrozenEnrolment } from './dealings.ts';
import type { ContactKind, Ledger } from './ledger.ts';
import type { LostBecause, SuppressionReason } from './reason.ts';
import type { ShardStanding } from './standing.ts';

export type ConsentPurpose = 'MARKETING' | 'SERVICE' | 'PROFILING';

/** `unknown`: the customer never said; existing customers may then be contacted until they object. */
export type Consent = 'granted' | 'withdrawn' | 'unknown';

/** What deciding has to know of the customer besides features, attributes and dealings. */
export interface CustomerFacts {
  readonly customerId: string;
  /** IANA; the one his profile names, undefined where it names none. */
  readonly timeZone: string | undefined;
  /** Exclusions set on the customer that are active (`do-not-contact`, `fraud`, `staff`, `legal` …). */
  readonly exclusions: readonly string[];
  readonly isComplaintOpen: boolean;
  consent(channel: string, purpose: ConsentPurpose): Consent;
}

export type CampaignArm = 'treated' | 'control';
/** `holdout`: the universal one. */
export type Arm = CampaignArm | 'holdout';

/** What asks for a decision: an event, a timer, a step of a running plan, a household, or an agent. */
export type RequestOrigin = 'trigger' | 'timer' | 'step' | 'proposal' | 'agent';

export interface DecisionRequest {
  readonly origin: RequestOrigin;
  /** Why; of a step, that which began its plan. */
  readonly trigger: Pick<CompiledTrigger, 'id' | 'freshnessMs'>;
  readonly occasion: string;
  /** Step of the campaign, `first` for the answer to a trigger. */
  readonly step: string;
  /** Stream time: nothing is planned before it, ms. */
  readonly nowMs: number;
  readonly evidence: readonly EvidenceItem[];
  readonly customer: CustomerFacts;
  /** Only these campaigns, whatever triggers they list; those that list the trigger when absent. */
  readonly campaigns?: readonly string[];
  /** Only these offers. */
  readonly offers?: readonly string[];
  /** Only these channels, in this order: a later one where none before it can be had. */
  readonly channels?: readonly string[];
  /**
   * The customer himself is there: what holds back who comes unasked (universal holdout, quiet hours, gap, slots, a plan that
   * is running) does not apply, and nobody is enrolled.
   */
  readonly isReactive?: boolean;
  /**
   * Every candidate is judged and listed. So they are without it where campaigns are asked for by name, and where the policy
   * explores: what else could have been chosen is needed then.
   */
  readonly isComplete?: boolean;
}

/** What a decision is made on. */
export interface DecisionBasis {
  readonly ledger: Ledger;
  readonly policy: CompiledPolicy;
  /** Attributes and features as of `scope.asOfMs`. */
  readonly scope: Scope;
  readonly standing: ShardStanding;
  readonly history: CustomerDealings;
}

export interface Candidate {
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly kind: ContactKind;
  /** The channel it takes, the first one asked when none is open; empty for no action. */
  readonly channel: string;
  /** Expected value in minor units: propensity × context × value × lever − cost; 0 for no action. */
  readonly score: number;
  /** How probably he accepts, as far as is known. */
  readonly propensity: number;
  /** Of the offer and its channel, minor units. */
  readonly costMinor: number;
  /** Of the campaign, as the treated customer would be in it; empty where it has none. */
  readonly variant: string;
  readonly isEligible: boolean;
  /** Undefined for the winner. */
  readonly lostBecause?: LostBecause | undefined;
  readonly sendAt?: number | undefined;
  readonly sendBy?: number | undefined;
  /** Beginning of the slot of the channel that it takes, ms; where the channel has a capacity. */
  readonly slotAt?: number | undefined;
}

/** A candidate that passed every gate: it has a place in time. */
export type PlacedCandidate = Candidate & { readonly sendAt: number; readonly sendBy: number };

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
  /** The most valuable first: ten, the one it is about and no action, unless the request is for all. */
  readonly candidates: readonly Candidate[];
  /** How many more there were: none of them could have won. */
  readonly leftOut: number;
  /** Campaigns whose budget did not pay for a candidate. */
  readonly unpaid: readonly string[];
  /** Ids of the exclusions that held. */
  readonly exclusions: readonly string[];
  /** Exact probability with which the chosen candidate was, given exploration; 1 where nothing else could be. */
  readonly probability: number;
  /** That propensities were looked up for. */
  readonly segment: string;
  /** Of the treated customer; empty for others and where the campaign has none. */
  readonly variant: string;
  /** Of the candidate it is about; 0 without one. */
  readonly propensity: number;
  /** What a contact takes from the campaign's budget, minor units; 0 where nothing is sent. */
  readonly costMinor: number;
  /** Beginning of the slot that a contact takes, ms. */
  readonly slotAt?: number;
  /**
   * Stage of the campaign it is about. What was decided in the `shadow` would have been so, had the campaign been live: it is
   * recorded and never carried out.
   */
  readonly stage: 'live' | 'canary' | 'shadow';
  /** The campaign in the shadow, whatever won. */
  readonly shadowOf?: string;
  /** To be frozen in the customer's state: the campaign was not there yet. */
  readonly enrolment?: { readonly campaign: string } & FrozenEnrolment;
}
