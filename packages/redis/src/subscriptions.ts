import { ANSWER } from './answers.ts';
import { contactKeys, webhookKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** A subscription as it is kept: the record is the caller's JSON. */
export interface StoredSubscription {
  readonly id: string;
  readonly record: string;
}

/**
 * Who wants to be called, and under whose care each subscription is. Calls reject with the client's error when Redis
 * cannot be reached or the reply was lost.
 */
export interface SubscriptionStore {
  /** Its messages begin with what comes after this. `full` when there are as many as there may be. */
  create(subscription: StoredSubscription): Promise<'created' | 'full' | 'exists'>;
  list(): Promise<readonly StoredSubscription[]>;
  read(id: string): Promise<StoredSubscription | undefined>;
  /** Only what is still as it was read is replaced. */
  replace(asRead: StoredSubscription, record: string): Promise<'replaced' | 'absent' | 'changed'>;
  /** With its messages and its log. */
  remove(asRead: StoredSubscription): Promise<'removed' | 'absent' | 'changed'>;
  /** Changes whenever a subscription does. */
  revision(): Promise<string>;
  /** Says that this process is there, and answers how many are. A process not heard of for `ttlMs` is forgotten. */
  join(member: string, nowMs: number, ttlMs: number): Promise<number>;
  leave(member: string): Promise<void>;
  /** Takes or renews the lease: while it stands, nobody else touches what waits for this subscription. */
  lease(id: string, owner: string, ttlMs: number): Promise<'leased' | 'held' | 'absent'>;
  release(id: string, owner: string): Promise<void>;
  close(): Promise<void>;
}

export interface SubscriptionStoreOptions {
  readonly url: string;
  /** Default 200. */
  readonly maxSubscriptions?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MAX_SUBSCRIPTIONS = 200;
const TIMEOUT_MS = 5_000;

export function createSubscriptionStore(options: SubscriptionStoreOptions): SubscriptionStore {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const most = options.maxSubscriptions ?? MAX_SUBSCRIPTIONS;
  const replaceRecord = async (asRead: StoredSubscription, record: string) => {
    const keys = [webhookKeys.subscriptions, webhookKeys.revision, ...ownKeys(asRead.id)];
    const [answer] = await runScript(redis, SCRIPTS.replaceSubscription, keys, [asRead.id, asRead.record, record]);
    if (String(answer) === ANSWER.absent) return 'absent';
    return String(answer) === ANSWER.changed ? 'changed' : 'done';
  };
  return {
    async create({ id, record }) {
      const keys = [webhookKeys.subscriptions, webhookKeys.revision, webhookKeys.state(id)];
      const streams = [contactKeys.alerts, webhookKeys.events];
      const [answer] = await runScript(redis, SCRIPTS.createSubscription, [...keys, ...streams], [id, record, most]);
      if (String(answer) === ANSWER.full) return 'full';
      return String(answer) === ANSWER.exists ? 'exists' : 'created';
    },
    async list() {
      const all = await redis.hgetall(webhookKeys.subscriptions);
      return Object.entries(all).map(([id, record]) => ({ id, record }));
    },
    async read(id) {
      const record = await redis.hget(webhookKeys.subscriptions, id);
      return record === null ? undefined : { id, record };
    },
    async replace(asRead, record) {
      const answer = await replaceRecord(asRead, record);
      return answer === 'done' ? 'replaced' : answer;
    },
    async remove(asRead) {
      const answer = await replaceRecord(asRead, '');
      return answer === 'done' ? 'removed' : answer;
    },
    revision: async () => (await redis.get(webhookKeys.revision)) ?? '0',
    async join(member, nowMs, ttlMs) {
      const [, , count] = await Promise.all([
        redis.zadd(webhookKeys.members, nowMs, member),
        redis.zremrangebyscore(webhookKeys.members, '-inf', nowMs - ttlMs),
        redis.zcard(webhookKeys.members),
      ]);
      return count;
    },
    async leave(member) {
      await redis.zrem(webhookKeys.members, member);
    },
    async lease(id, owner, ttlMs) {
      const keys = [webhookKeys.lease(id), webhookKeys.subscriptions];
      const [answer] = await runScript(redis, SCRIPTS.leaseSubscription, keys, [owner, ttlMs, id]);
      if (String(answer) === ANSWER.absent) return 'absent';
      return String(answer) === ANSWER.held ? 'held' : 'leased';
    },
    async release(id, owner) {
      await runScript(redis, SCRIPTS.releaseSubscription, [webhookKeys.lease(id)], [owner]);
    },
    async close() {
      redis.disconnect();
    },
  };
}

function ownKeys(id: string): string[] {
  const { lease, state, due, messages, ended } = webhookKeys;
  return [lease, state, due, messages, ended].map((key) => key(id));
}
