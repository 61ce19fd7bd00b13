import type { ShardStanding } from '@holdfast/decisions';
import type { ShardContext } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { type BudgetBooks, budgetLeft } from './budgets.ts';
import { placesIn } from './capacity.ts';
import type { EffectCollector } from './effects.ts';
import { PROPENSITIES } from './posteriors.ts';
import type { Surroundings } from './scope.ts';
import { tallyNames } from './tally-names.ts';

/** What the shard's numbers say, with what this step has changed of them already. */
export function booksOf(
  { partition, partitionCount, tally }: ShardContext,
  { budgets }: Pick<Surroundings, 'budgets'>,
  effects: Pick<EffectCollector, 'tallied'>,
): BudgetBooks {
  return { budgets, partition, partitionCount, tally: (name) => tally(name) + effects.tallied(name) };
}

/** What a shard knows beyond the customer, for a decision of the step under way. */
export function shardStandingOf(
  context: ShardContext,
  surroundings: Pick<Surroundings, 'budgets' | 'policy' | 'readPosteriors'>,
  effects: Pick<EffectCollector, 'tallied'>,
): ShardStanding {
  const posterior = surroundings.readPosteriors(context.setting(PROPENSITIES));
  return standingBy(booksOf(context, surroundings, effects), surroundings.policy, posterior);
}

export function standingBy(
  books: BudgetBooks,
  { channels }: Pick<CompiledPolicy, 'channels'>,
  posterior: ShardStanding['posterior'],
): ShardStanding {
  return {
    posterior,
    budgetLeft: (campaign) => budgetLeft(campaign, books),
    slotsLeft(channel, slotMs) {
      const capacity = channels.get(channel)?.capacity;
      if (!capacity) return Number.POSITIVE_INFINITY;
      return placesIn(capacity, slotMs, books) - books.tally(tallyNames.slot(channel, slotMs));
    },
  };
}
