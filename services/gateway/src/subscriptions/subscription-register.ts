import type { StoredSubscription, SubscriptionStore } from '@holdfast/redis';
import { readSubscription, type Stop, type Subscription, writeSubscription } from './subscription.ts';

/** Who is subscribed. Every call rejects with the store's error while it is away. */
export interface SubscriptionRegister {
  add(subscription: Subscription): Promise<'created' | 'full'>;
  list(): Promise<readonly Subscription[]>;
  read(id: string): Promise<Subscription | undefined>;
  /** Changes what stands there now; `change` may be called again when somebody else was faster. Undefined when it is gone. */
  change(id: string, change: (found: Subscription) => Subscription): Promise<Subscription | undefined>;
  /** False when it was not there. */
  remove(id: string): Promise<boolean>;
  /** Nothing more is sent to it; false when nothing was sent any more already. */
  stop(id: string, why: Stop, nowMs: number): Promise<boolean>;
}

const MAX_TRIES = 20;

export function createSubscriptionRegister(store: SubscriptionStore): SubscriptionRegister {
  const read = async (id: string) => {
    const found = await store.read(id);
    return found && subscriptionOf(found);
  };
  /** Until nobody comes between reading and writing. */
  const insist = async <T>(id: string, attempt: (found: StoredSubscription) => Promise<T | 'changed'>) => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const found = await store.read(id);
      if (found === undefined) return undefined;
      const answer = await attempt(found);
      if (answer !== 'changed') return answer;
    }
    throw new Error('the subscription changes too fast');
  };
  const change: SubscriptionRegister['change'] = (id, apply) =>
    insist(id, async (found) => {
      const before = subscriptionOf(found);
      if (before === undefined) return undefined;
      const after = apply(before);
      const answer = await store.replace(found, writeSubscription(after));
      if (answer === 'changed') return 'changed';
      return answer === 'replaced' ? after : undefined;
    });
  return {
    read,
    change,
    async add(subscription) {
      const answer = await store.create({ id: subscription.id, record: writeSubscription(subscription) });
      if (answer === 'exists') throw new Error('a fresh id was there already');
      return answer;
    },
    async list() {
      const all = (await store.list()).flatMap((found) => subscriptionOf(found) ?? []);
      return all.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    },
    async remove(id) {
      return (await insist(id, (found) => store.remove(found))) === 'removed';
    },
    async stop(id, why, nowMs) {
      let isStopped = false;
      await change(id, (found) => {
        isStopped = found.stopped === undefined;
        return found.stopped === undefined ? { ...found, stopped: { why, atMs: nowMs } } : found;
      });
      return isStopped;
    },
  };
}

function subscriptionOf({ id, record }: StoredSubscription): Subscription | undefined {
  return readSubscription(id, record);
}
