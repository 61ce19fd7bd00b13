import { chosenOf, type Decision } from '@holdfast/decisions';
import type { ShardContext } from '@holdfast/engine';
import { askFor, isAsking } from './budget-grants.ts';
import { BUDGET_UNITS, type BudgetBooks, mayHaveMore, runsLow } from './budgets.ts';
import type { EffectCollector } from './effects.ts';
import type { Surroundings } from './scope.ts';
import { booksOf } from './shard-standing.ts';

/**
 * Asks for more of the budgets that a decision has nearly used up, and of those that could not pay for a candidate of it. Once
 * the contact was reserved.
 */
export function askForBudgets(
  decision: Decision,
  context: ShardContext,
  { budgets, encodeBudget }: Pick<Surroundings, 'budgets' | 'encodeBudget'>,
  effects: EffectCollector,
): void {
  if (!encodeBudget || budgets.plans.size === 0) return;
  const books = booksOf(context, { budgets }, effects);
  for (const campaign of needing(decision, books)) {
    if (isAsking(campaign, books)) continue;
    const { message, tally } = askFor(campaign, { ...context, tally: books.tally }, encodeBudget);
    effects.send(message);
    effects.tally(tally);
  }
}

function needing({ outcome, unpaid }: Decision, books: BudgetBooks): ReadonlySet<string> {
  const needing = new Set<string>();
  const campaign = outcome.kind === 'contact' ? chosenOf(outcome)?.campaign : undefined;
  if (campaign !== undefined && runsLow(campaign, books)) needing.add(campaign);
  for (const asking of unpaid) if (hasMore(asking, books)) needing.add(asking);
  return needing;
}

function hasMore(campaign: string, books: BudgetBooks): boolean {
  return BUDGET_UNITS.some((unit) => mayHaveMore(campaign, unit, books));
}
