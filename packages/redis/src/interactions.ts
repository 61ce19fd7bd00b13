import { ANSWER } from './answers.ts';
import { interactionKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** An interaction as it is kept: the record is the caller's JSON. */
export interface StoredInteraction {
  readonly id: string;
  readonly customerId: string;
  readonly agent: string;
  readonly startedAtMs: number;
  readonly record: string;
}

/** Whose interactions are listed: those with a customer, or those that an agent had. */
export type InteractionList = { readonly customerId: string } | { readonly agent: string };

/**
 * What passed between agents and customers, for thirty days after it was changed last. Calls reject with the client's error
 * when Redis cannot be reached or the reply was lost.
 */
export interface InteractionStore {
  /** `exists` answers the record that is there. */
  create(
    interaction: StoredInteraction,
  ): Promise<{ readonly kind: 'created' } | { readonly kind: 'exists'; readonly record: string }>;
  read(id: string): Promise<string | undefined>;
  /** Only what is still as it was read is replaced. */
  replace(interaction: StoredInteraction, asRead: string): Promise<'replaced' | 'changed' | 'absent'>;
  /** Records of a page, newest first, and how many the list has. One that expired is taken out when its page is read. */
  list(of: InteractionList, page: { readonly offset: number; readonly limit: number }): Promise<InteractionPage>;
  /** False where there was none. */
  remove(interaction: Omit<StoredInteraction, 'record' | 'startedAtMs'>): Promise<boolean>;
  /** Removes all interactions with a customer. */
  forget(customerId: string): Promise<void>;
  close(): Promise<void>;
}

export interface InteractionPage {
  readonly total: number;
  readonly records: readonly string[];
}

export interface InteractionStoreOptions {
  readonly url: string;
  /** Newest interactions in the list of a customer, or of an agent; older ones are still read by their id. Default 1,000. */
  readonly maxListed?: number;
  /** Default 30 days. */
  readonly ttlSeconds?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MAX_LISTED = 1_000;
const TTL_SECONDS = 30 * 24 * 3600;
const TIMEOUT_MS = 5_000;

export function createInteractionStore(options: InteractionStoreOptions): InteractionStore {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const { maxListed = MAX_LISTED, ttlSeconds = TTL_SECONDS } = options;

  const write = async (interaction: StoredInteraction, asRead: string) => {
    const { id, customerId, agent, record, startedAtMs } = interaction;
    const keys = [interactionKeys.one(id), interactionKeys.ofCustomer(customerId), interactionKeys.ofAgent(agent)];
    const args = [id, asRead, record, startedAtMs, ttlSeconds, maxListed];
    const [answer, detail] = await runScript(redis, SCRIPTS.writeInteraction, keys, args);
    return { answer: String(answer), detail: String(detail) };
  };

  return {
    async create(interaction) {
      const { answer, detail } = await write(interaction, '');
      if (answer === ANSWER.ok) return { kind: 'created' };
      if (answer === ANSWER.exists) return { kind: 'exists', record: detail };
      throw new Error(`interaction refused: ${detail}`);
    },
    read: async (id) => (await redis.get(interactionKeys.one(id))) ?? undefined,
    async replace(interaction, asRead) {
      const { answer, detail } = await write(interaction, asRead);
      if (answer === ANSWER.ok) return 'replaced';
      if (answer === ANSWER.changed) return 'changed';
      if (answer === ANSWER.absent) return 'absent';
      throw new Error(`interaction refused: ${detail}`);
    },
    async list(of, { offset, limit }) {
      const key = 'customerId' in of ? interactionKeys.ofCustomer(of.customerId) : interactionKeys.ofAgent(of.agent);
      const [ids, counted] = await Promise.all([
        limit > 0 ? redis.zrevrange(key, String(offset), String(offset + limit - 1)) : [],
        redis.zcard(key),
      ]);
      const found = ids.length === 0 ? [] : await redis.mget(ids.map(interactionKeys.one));
      const gone = ids.filter((_, index) => found[index] === null);
      if (gone.length > 0) await redis.zrem(key, ...gone);
      return { total: counted - gone.length, records: found.flatMap((record) => record ?? []) };
    },
    async remove({ id, customerId, agent }) {
      const answers = await redis
        .multi()
        .del(interactionKeys.one(id))
        .zrem(interactionKeys.ofCustomer(customerId), id)
        .zrem(interactionKeys.ofAgent(agent), id)
        .exec();
      return answers?.[0]?.[1] === 1;
    },
    async forget(customerId) {
      const list = interactionKeys.ofCustomer(customerId);
      const ids = await redis.zrange(list, '0', '-1');
      // The lists of agents keep ids of what is gone, which say nothing of anybody.
      await redis.del(list, ...ids.map(interactionKeys.one));
    },
    async close() {
      redis.disconnect();
    },
  };
}
