import type { Campaign } from './campaign-model.ts';
import type { CompiledPolicy } from './model.ts';

/** The policy with these campaigns live, whatever their stage. Ids that it does not have are left out. */
export function asIfLive(policy: CompiledPolicy, ids: readonly string[]): CompiledPolicy {
  const raised = ids.flatMap((id) => policy.campaigns.get(id) ?? []).filter(({ stage }) => stage !== 'live');
  if (raised.length === 0) return policy;
  const live = raised.map((campaign): Campaign => ({ ...campaign, stage: 'live', share: 1 }));
  const isRaised = ({ id }: Campaign) => live.some((campaign) => campaign.id === id);
  return {
    ...policy,
    campaigns: new Map([...policy.campaigns, ...live.map((campaign) => [campaign.id, campaign] as const)]),
    campaignsFor: (trigger) => [
      ...policy.campaignsFor(trigger).filter((campaign) => !isRaised(campaign)),
      ...live.filter(({ triggers }) => triggers.includes(trigger)),
    ],
    shadowsFor: (trigger) => policy.shadowsFor(trigger).filter((campaign) => !isRaised(campaign)),
  };
}
