import type { Campaign, CompiledPolicy } from '@holdfast/policy';
import type { CustomerDealings, FrozenEnrolment } from './dealings.ts';
import type { CampaignArm } from './model.ts';
import { shareOf } from './stable-hash.ts';

/*
 * Who is left alone, who is a control and who gets which variant. Each has a salt of its own, so that none says anything of
 * the others; a share that grows only moves a bound, so that who was inside stays inside.
 */

/** Whether the customer is in the universal holdout, which nobody contacts unasked. */
export function isHeldOut({ share, salt }: CompiledPolicy['holdout'], customerId: string): boolean {
  return isWithin(share, salt, customerId);
}

/** The arm frozen at the first enrolment, or the one he gets with it. */
export function armOf(campaign: Campaign, customerId: string, frozen: FrozenEnrolment | undefined): CampaignArm {
  if (frozen !== undefined) return frozen.arm;
  return isWithin(campaign.holdout, `campaign:${campaign.id}`, customerId) ? 'control' : 'treated';
}

/**
 * The variant that the customer is in as a treated one; empty where the campaign has none. A control customer is drawn one
 * as well: his ghosts are then what he would have got.
 */
export function variantOf(campaign: Campaign, customerId: string, history: CustomerDealings): string {
  const frozen = history.enrolment(campaign.id);
  if (frozen?.arm === 'treated') return frozen.variant;
  return campaign.arms.length === 0 ? '' : drawnVariant(campaign, shareOf(`arm:${campaign.id}`, customerId));
}

function drawnVariant({ arms }: Campaign, share: number): string {
  let upTo = 0;
  for (const arm of arms) {
    upTo += arm.share;
    if (share < upTo) return arm.id;
  }
  // Shares add up to 1, but for what is lost in adding fractions.
  return arms.at(-1)?.id ?? '';
}

/** No hash is worked out where the answer is known without. */
function isWithin(share: number, salt: string, customerId: string): boolean {
  if (share <= 0) return false;
  return share >= 1 || shareOf(salt, customerId) < share;
}
