import type { SubscriptionStore } from '@holdfast/redis';
import type { HubApi } from './hub-events.ts';
import { hearsHub } from './outbound-message.ts';
import { readSubscription, type Subscription } from './subscription.ts';

/** Whether anybody is to be told of the events of an interface, so that none is made and kept for nobody. */
export interface Audience {
  /** As subscriptions are after the call. Rejects while the store is away. */
  hears(api: HubApi): Promise<boolean>;
}

/** One small read of the store for each question; subscriptions are read anew when one of them has changed. */
export function createAudience(store: Pick<SubscriptionStore, 'revision' | 'list'>): Audience {
  let known: { readonly revision: string; readonly subscriptions: readonly (Subscription | undefined)[] } | undefined;
  return {
    async hears(api) {
      // The revision first: what is listed is then never older than it.
      const revision = await store.revision();
      if (known?.revision !== revision) {
        const subscriptions = (await store.list()).map(({ id, record }) => readSubscription(id, record));
        known = { revision, subscriptions };
      }
      // A subscription of a later release may hear of anything; one to which nothing is sent now may be sent it later.
      return known.subscriptions.some((found) => found === undefined || hearsHub(found, api));
    },
  };
}
