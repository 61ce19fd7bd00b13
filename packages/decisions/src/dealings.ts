import type { CampaignArm } from './model.ts';

/** What a customer's first enrolment in a campaign froze. */
export interface FrozenEnrolment {
  readonly arm: CampaignArm;
  /** Of the treated where the campaign has variants; empty else. */
  readonly variant: string;
}

/** The latest plan of contacts that a customer had in a campaign. */
export interface LastPlan {
  /** Ms; undefined while it runs. */
  readonly endedAt: number | undefined;
}

/** What the customer's state remembers of campaigns, beside the ledger. */
export interface CustomerDealings {
  /** Undefined before the first enrolment. */
  enrolment(campaign: string): FrozenEnrolment | undefined;
  /** Undefined where he never had one. */
  lastPlan(campaign: string): LastPlan | undefined;
}

/** Of a customer who never was in a campaign. */
export const NO_DEALINGS: CustomerDealings = { enrolment: () => undefined, lastPlan: () => undefined };
