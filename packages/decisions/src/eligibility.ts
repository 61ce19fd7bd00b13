import type { Campaign } from '@holdfast/policy';
import type { Silence } from './allowance.ts';
import { isOpenTo } from './canary.ts';
import type { CustomerDealings } from './dealings.ts';
import type { DecisionRequest } from './model.ts';
import type { CampaignPlay, OfferPlay } from './playbook.ts';
import type { LostBecause } from './reason.ts';
import type { Holds } from './shared-condition.ts';

/** What the gates in front of the channels look at. */
export interface Entrance {
  readonly request: DecisionRequest;
  readonly history: CustomerDealings;
  readonly holds: Holds;
  readonly silence: Silence;
}

/** Why a campaign as a whole is not for this customer now; undefined when it is. */
export function shutCampaign({ campaign, target }: CampaignPlay, entrance: Entrance): LostBecause | undefined {
  const { request, history, holds } = entrance;
  if (!isOpenTo(campaign, request.customer.customerId)) return 'outside-canary';
  if (!mayEnter(campaign, request, history)) return 're-entry';
  return target === undefined || holds(target) ? undefined : 'not-targeted';
}

/** Why an offer of an open campaign is not for this customer now; undefined when it is. */
export function shutOffer(play: OfferPlay, variant: string, entrance: Entrance): LostBecause | undefined {
  const { request, holds, silence } = entrance;
  if (isOfOtherVariant(play, variant)) return 'other-variant';
  if (!isInStep(play, request)) return 'not-in-step';
  return holds(play.eligible) ? silence.reasonFor(play.campaign.kind) : 'not-eligible';
}

/** Whether a plan of the campaign begins with this contact. */
export function beginsPlan({ origin, isReactive }: Pick<DecisionRequest, 'origin' | 'isReactive'>): boolean {
  return origin !== 'step' && isReactive !== true;
}

/** A step goes on with a plan; who is there himself may hear of what a plan is about while it runs. */
function mayEnter({ id, reentry }: Campaign, request: DecisionRequest, history: CustomerDealings): boolean {
  if (request.origin === 'step') return true;
  const last = history.lastPlan(id);
  if (last === undefined) return true;
  if (last.endedAt === undefined) return request.isReactive === true;
  switch (reentry.kind) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'after':
      return request.nowMs >= last.endedAt + reentry.afterMs;
  }
}

/** Who was enrolled before there were variants, or in one that is no more, gets what all of them make. */
function isOfOtherVariant({ variants, campaign }: OfferPlay, variant: string): boolean {
  if (variants === undefined || variants.has(variant)) return false;
  return campaign.arms.some(({ id }) => id === variant);
}

function isInStep({ offer, isInFirstStep }: OfferPlay, request: DecisionRequest): boolean {
  if (request.offers !== undefined) return request.offers.includes(offer.id);
  return isInFirstStep || !beginsPlan(request);
}
