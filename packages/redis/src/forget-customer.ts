import type { InteractionStore } from './interactions.ts';
import type { RecentAnswers } from './recent-answers.ts';
import type { RecommendationStore } from './recommendations.ts';
import type { WorkList } from './work-list.ts';

/** Everything beside the shards that is kept by customer. */
export interface CustomerStores {
  readonly recent: Pick<RecentAnswers<unknown>, 'forget'>;
  readonly recommended: Pick<RecommendationStore, 'forget'>;
  readonly interactions: Pick<InteractionStore, 'forget'>;
  readonly items: Pick<WorkList, 'forgetCustomer'>;
}

/** Takes from each store what it has of a customer. All are asked; rejects when one cannot tell that nothing is left. */
export async function forgetCustomer(customerId: string, stores: CustomerStores): Promise<void> {
  const { recent, recommended, interactions, items } = stores;
  const answers = await Promise.allSettled([
    recent.forget(customerId),
    recommended.forget(customerId),
    interactions.forget(customerId),
    items.forgetCustomer(customerId),
  ]);
  const failure = answers.find((answer) => answer.status === 'rejected');
  if (failure) throw failure.reason;
}
