import type { InputPosition, ShardId, ShardMeta } from '@holdfast/engine';
import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, DECISION_TOPIC, schemaTable } from '@holdfast/events';
import {
  createInputLog,
  createSchemaRegistry,
  describeTopics,
  ensureTopics,
  type TopicPartition,
  writeInitRecords,
} from '@holdfast/kafka';
import { createShardStore, type RedisShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { StackFailure } from '../../../infra/stack/index.mjs';
import type { Addresses } from './addresses.ts';

export interface InstallationPlan {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Fold logs that have records though the store knows nothing of them: the operator's word that this is meant. */
  readonly rebuild: boolean;
}

export interface Installation {
  readonly partitions: number;
  readonly createdTopics: readonly string[];
  readonly createdShards: number;
  readonly existingShards: number;
  readonly schemas: number;
}

/** Of an installation on the local stack. */
export const LOCAL_PLAN: InstallationPlan = { partitions: 8, replicationFactor: 1, rebuild: false };

const CLIENT_ID = 'holdfast-init';
const TOPICS: readonly string[] = [...CUSTOMER_INPUTS, DECISION_TOPIC];

/**
 * Makes an installation: registers the schemas, creates the topics, writes a first record to every partition and the
 * meta of every shard. What exists is checked and left as it is. Throws `StackFailure` with the way out.
 */
export async function initialise(addresses: Addresses, plan: InstallationPlan): Promise<Installation> {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const fitness = await store.check();
    if (!fitness.ok) throw new StackFailure(fitness.problem, fitness.fix);
    const client = { brokers: addresses.brokers, ...addresses.kafkaSecurity, clientId: CLIENT_ID };
    const schemas = await createSchemaRegistry({ url: addresses.registryUrl }).registerAll(schemaTable());
    const partitions = await partitionCount(client, plan);
    const { created } = await ensureTopics({ ...client, ...plan, partitions });
    const shards = Array.from({ length: partitions }, (_, partition) => ({ topology: CUSTOMER_TOPOLOGY, partition }));
    const missing: ShardId[] = [];
    for (const shard of shards) if (!(await store.readMeta(shard))) missing.push(shard);
    await createShards(client, store, missing, partitions, plan.rebuild);
    return {
      partitions,
      createdTopics: created,
      createdShards: missing.length,
      existingShards: shards.length - missing.length,
      schemas: Object.keys(schemas).length,
    };
  } finally {
    await store.close();
  }
}

type Client = { readonly brokers: readonly string[]; readonly clientId: string };

/** The count of an existing installation wins over the default of the option; it can never change. */
async function partitionCount(client: Client, plan: InstallationPlan): Promise<number> {
  const found = await describeTopics({ ...client, topics: TOPICS });
  return found[0]?.partitions ?? plan.partitions;
}

async function createShards(
  client: Client,
  store: RedisShardStore,
  shards: readonly ShardId[],
  partitionCount: number,
  rebuild: boolean,
): Promise<void> {
  if (shards.length === 0) return;
  const log = createInputLog({ ...client, groupId: CLIENT_ID, topics: TOPICS });
  try {
    const clusterId = await log.clusterId();
    const positions = await startingPositions(client, log, shards, rebuild);
    for (const shard of shards) {
      const of = (topic: string) => positions.get(nameOf({ topic, partition: shard.partition })) as InputPosition;
      const meta: Omit<ShardMeta, 'version' | 'attempts'> = {
        minCodec: STATE_LAYOUT,
        clusterId,
        partitionCount,
        inputs: Object.fromEntries(CUSTOMER_INPUTS.map((topic) => [topic, of(topic)])),
        relay: of(DECISION_TOPIC),
        watermarks: {},
      };
      await store.initialise(shard, meta);
    }
  } finally {
    await log.close();
  }
}

/** An empty partition gets its first record; one that was used is folded from its start, if that is what is wanted. */
async function startingPositions(
  client: Client,
  log: ReturnType<typeof createInputLog>,
  shards: readonly ShardId[],
  rebuild: boolean,
): Promise<Map<string, InputPosition>> {
  const places = shards.flatMap(({ partition }) => TOPICS.map((topic) => ({ topic, partition })));
  const positions = new Map<string, InputPosition>();
  const empty: TopicPartition[] = [];
  let used = 0;
  for (const place of places) {
    const { low, high } = await log.bounds(place.topic, place.partition);
    if (high === 0) empty.push(place);
    else positions.set(nameOf(place), fromStart(low));
    // One record may be the first one of an init that was cut short.
    if (high > 1) used += 1;
  }
  if (used > 0 && !rebuild) {
    throw new StackFailure(
      `the log has records in ${used} partitions of shards the store knows nothing of: it was wiped, or is another one`,
      'restore a backup of Redis; or holdfast init --rebuild folds the log again from where it begins',
    );
  }
  for (const { topic, partition, position } of await writeInitRecords({ ...client, targets: empty })) {
    positions.set(nameOf({ topic, partition }), position);
  }
  return positions;
}

/** There is no record before the first one: the engine takes it as gone by retention. */
function fromStart(low: number): InputPosition {
  return { nextOffset: low, fingerprint: { offset: low - 1, appendTime: 0, hash: '' } };
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
