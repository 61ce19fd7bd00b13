import type { CampaignPlan } from '@holdfast/insights';
import type { Campaign, CompiledPolicy } from '@holdfast/policy';
import { UNIVERSAL } from '@holdfast/telecom';
import { StackFailure } from '../../../../infra/stack/index.mjs';

/** What the policy says of a campaign, or of everything proactive. Throws `StackFailure` for one it does not have. */
export function planNamed(policy: CompiledPolicy, id: string): CampaignPlan {
  if (id === UNIVERSAL) return universalPlan(policy);
  const campaign = policy.campaigns.get(id);
  if (campaign) return planOf(policy, campaign);
  const known = [...policy.campaigns.keys(), UNIVERSAL].join(', ');
  throw new StackFailure(`the policy has no campaign "${id}"`, `it has ${known}`);
}

export function plansOf(policy: CompiledPolicy): readonly CampaignPlan[] {
  return [...policy.campaigns.values()].map((campaign) => planOf(policy, campaign));
}

function planOf({ currency }: CompiledPolicy, campaign: Campaign): CampaignPlan {
  const { id, kind, stage, goal, holdout, arms, budget } = campaign;
  return {
    id,
    kind,
    stage,
    goal,
    controlArm: 'control',
    holdout,
    variants: arms.map(({ id: variant, share }) => ({ id: variant, share })),
    currency,
    ...(budget ? { budget } : {}),
  };
}

/** Whether customers who are contacted stay more often than those who never are: that is what all of it is for. */
export function universalPlan({ currency, holdout }: CompiledPolicy): CampaignPlan {
  return {
    id: UNIVERSAL,
    kind: 'marketing',
    stage: 'live',
    goal: { kpi: 'retained_60d' },
    controlArm: 'holdout',
    holdout: holdout.share,
    variants: [],
    currency,
  };
}
