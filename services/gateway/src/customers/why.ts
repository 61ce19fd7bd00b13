import type { DecisionMade } from '@holdfast/events';
import {
  type CampaignStanding,
  type DecisionStanding,
  type Explanation,
  type ExplanationOptions,
  explainCustomer,
} from '@holdfast/telecom';
import type { KnownCustomer } from './customer-reader.ts';
import type { Viewing } from './profile.ts';
import { isShown } from './timeline.ts';

/** Why the customer gets an offer or none: what `holdfast why` tells. */
export interface Why extends Explanation {
  readonly partition: number;
  readonly decisions: readonly DecisionMade[];
}

export type WhyQuestion = Pick<ExplanationOptions, 'campaign' | 'trigger' | 'offer'>;

export function whyOf(
  { customerId, state, policy, standing, partition }: KnownCustomer,
  decisions: readonly DecisionMade[],
  { nowMs, isBlind, ...question }: Viewing & WhyQuestion,
): Why {
  const explanation = explainCustomer(customerId, state, policy, { ...question, nowMs, standing });
  const all = { ...explanation, partition, decisions };
  return isBlind ? blinded(all) : all;
}

/** As JSON: a value that is not known is said to be, instead of being left out. */
export function whyText(why: Why): string {
  return JSON.stringify(why, (_, value: unknown) => (value === undefined ? null : value));
}

/** Campaigns in whose control group the customer is are left out, and of the others what variant he is in. */
function blinded(why: Why): Why {
  return {
    ...why,
    campaigns: why.campaigns.filter((campaign) => !isOfControl(campaign)).map(withoutArms),
    decisions: why.decisions
      .filter((decision) => isShown(decision, { isBlind: true }))
      .map((decision) => ({
        ...decision,
        ...{ arm: 'none', variant: '' },
        candidates: decision.candidates.filter((candidate) => !tellsArm(candidate.lostBecause)),
      })),
  };
}

function isOfControl({ enrolled, triggers }: CampaignStanding): boolean {
  const isHeldOut = enrolled !== null && enrolled.arm !== 'treated';
  return isHeldOut || triggers.some(({ decision }) => decision?.outcome === 'control');
}

function withoutArms(campaign: CampaignStanding): CampaignStanding {
  const { enrolled, triggers } = campaign;
  return {
    ...campaign,
    enrolled: enrolled && { ...enrolled, variant: '' },
    triggers: triggers.map((trigger) => ({ ...trigger, decision: trigger.decision && withoutArm(trigger.decision) })),
  };
}

function withoutArm(decision: DecisionStanding): DecisionStanding {
  return { ...decision, arm: '', offers: decision.offers.filter(({ lostBecause }) => !tellsArm(lostBecause)) };
}

/** What lost by an experiment says which side of it the customer is on. */
function tellsArm(lostBecause: string | null): boolean {
  return lostBecause === 'other-variant' || lostBecause === 'holdout';
}
