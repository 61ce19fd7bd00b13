import type { ShardStanding } from '@holdfast/decisions';
import type { ShardMeta } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { budgetPlansOf } from './budgets.ts';
import { budgetPeaksIn } from './policy-switch.ts';
import { PROPENSITIES, posteriorOf } from './posteriors.ts';
import { standingBy } from './shard-standing.ts';

type KeptByShard = Pick<ShardMeta, 'partitionCount' | 'tallies' | 'settings' | 'configuration'>;

/** What a shard knows beyond its customers, as it committed it last: for who looks at it from outside. */
export function storedStanding(
  { partitionCount, tallies = {}, settings, configuration }: KeptByShard,
  { partition, policy, nowMs }: { readonly partition: number; readonly policy: CompiledPolicy; readonly nowMs: number },
): ShardStanding {
  const budgets = { plans: budgetPlansOf(policy), peaks: budgetPeaksIn(configuration), hasPool: true };
  const tally = (name: string): number => {
    const { value = 0, untilMs = Number.POSITIVE_INFINITY } = tallies[name] ?? {};
    return untilMs > nowMs ? value : 0;
  };
  const posterior = posteriorOf(settings?.[PROPENSITIES]);
  return standingBy({ budgets, partition, partitionCount, tally }, policy, posterior);
}
