import type { Campaign } from '@holdfast/policy';
import { shareOf } from './stable-hash.ts';

/**
 * Whether a campaign is open to a customer: a canary to the same customers every time, and to these and more once its share
 * grows. The salt is the campaign's own, so that no customer is a canary of everything.
 */
export function isOpenTo(campaign: Pick<Campaign, 'id' | 'stage' | 'share'>, customerId: string): boolean {
  if (campaign.stage !== 'canary') return campaign.stage === 'live';
  return shareOf(`canary:${campaign.id}`, customerId) < campaign.share;
}
