import { partitionOf, type ShardId, type ShardStore } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, type DecisionMade, type Event } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry } from '@holdfast/kafka';
import type { CompiledPolicy } from '@holdfast/policy';
import { createShardStore } from '@holdfast/redis';
import {
  type ExplanationOptions,
  featureDictionary,
  readCustomerRecords,
  STATE_LAYOUT,
  storedStanding,
} from '@holdfast/telecom';
import { StackFailure } from '../../../infra/stack/index.mjs';
import type { Addresses } from './addresses.ts';
import { policyInForce } from './policy-in-force.ts';

/** What the shard keeps of a customer, as committed last, with the policy under which it is read. */
export interface StoredCustomer {
  readonly partition: number;
  readonly state: Buffer;
  readonly policy: CompiledPolicy;
  /** What its shard may still spend and send. */
  readonly standing: ExplanationOptions['standing'];
  /** Newest first. */
  readonly decisions: readonly DecisionMade[];
  /** What happened to him, newest first; uses are not among it. */
  readonly events: readonly Event[];
  /** Why records kept of him could not be read. */
  readonly unreadable: readonly string[];
}

/** Undefined when the shard has nothing under the id. Throws `StackFailure` when there is no installation or no policy. */
export async function readStoredCustomer(
  customerId: string,
  addresses: Addresses,
): Promise<StoredCustomer | undefined> {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const meta = await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition: 0 });
    if (!meta) throw new StackFailure('this Redis has no installation', 'npx holdfast init');
    const partition = partitionOf(Buffer.from(customerId), meta.partitionCount);
    const shard = { topology: CUSTOMER_TOPOLOGY, partition };
    const state = await store.readState(shard, customerId);
    if (!state.bytes) return undefined;
    const records = await recordsOf(customerId, shard, { store, registryUrl: addresses.registryUrl });
    const own = (await store.readMeta(shard)) ?? meta;
    const policy = policyInForce(own.configuration, addresses.policyDir);
    featureDictionary(policy).learn(own.dictionary ?? {});
    const standing = storedStanding(own, { partition, policy, nowMs: Date.now() });
    return {
      partition,
      state: state.bytes,
      policy,
      standing,
      ...records,
    };
  } finally {
    await store.close();
  }
}

/** Its own registry client, let go before the answer: one command reads one customer. */
async function recordsOf(customerId: string, shard: ShardId, { store, registryUrl }: RecordSources) {
  const registry = createSchemaRegistry({ url: registryUrl });
  const { decode } = createRegistryDecoder(registry);
  try {
    const { unreadable, ...records } = await readCustomerRecords(customerId, shard, { store, decode });
    return { ...records, unreadable: unreadable.map(({ message }) => message) };
  } finally {
    registry.close();
  }
}

interface RecordSources {
  readonly store: ShardStore;
  readonly registryUrl: string;
}
