import type { CampaignChange, PolicyDiff, WrittenPolicy } from '@holdfast/policy';

/** A canary of at most this share may change without a second person; beyond it, it is as good as live. */
export const FREE_SHARE = 0.1;

/**
 * Why a second person has to agree; empty where nobody has to. What is in force decides whether one is asked for, so that
 * nobody lifts the rule with the very policy it would stop; the first policy decides for itself. Taking something back, to
 * a smaller share or to nobody, never needs a second person.
 */
export function approvalsNeeded(
  before: WrittenPolicy | undefined,
  after: WrittenPolicy,
  diff: PolicyDiff,
): readonly string[] {
  const { approval } = (before ?? after).policy;
  if (approval === 'none') return [];
  const lifted = after.policy.approval === 'none' ? ['approval would be asked for no more'] : [];
  return [...lifted, ...diff.campaigns.flatMap(reasonOf)];
}

function reasonOf(change: CampaignChange): readonly string[] {
  const { campaign, shareBefore, shareAfter, stageAfter, because } = change;
  if (shareAfter <= FREE_SHARE) return [];
  if (shareAfter > shareBefore) return [`${campaign} would be ${stageAfter}`];
  return because.length > 0 ? [`${campaign} is ${stageAfter}, and changes: ${because.join(', ')}`] : [];
}
