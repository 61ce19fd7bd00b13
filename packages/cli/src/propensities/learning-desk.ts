import { CONTROL_TOPIC, createEncoder, type PropensitiesLearned, schemaTable } from '@holdfast/events';
import { createOutputLog, createSchemaRegistry } from '@holdfast/kafka';
import type { CompiledPolicy } from '@holdfast/policy';
import { createShardStore } from '@holdfast/redis';
import {
  addLearningCells,
  LEARNING_KPI,
  type LearningRound,
  learningRound,
  type Posteriors,
  PROPENSITIES,
  propensitiesMessage,
  readPosteriors,
  STATE_LAYOUT,
} from '@holdfast/telecom';
import type { Addresses } from '../addresses.ts';
import { findShards } from '../all-shards.ts';
import { policyInForce } from '../policy-in-force.ts';
import { asFailure } from '../server-failure.ts';

/** What was learnt from all shards, and what they decide by. */
export interface LearningView extends LearningRound {
  readonly policy: CompiledPolicy;
  /** By partition. */
  readonly inForce: readonly Posteriors[];
}

/** Reads counts and settings of all shards as committed last. Changes nothing. */
export async function viewLearning(
  addresses: Pick<Addresses, 'redisUrl' | 'policyDir'>,
  nowMs: number,
): Promise<LearningView> {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const found = await findShards(store);
    const cells = new Map<string, number>();
    for (const { shard } of found) addLearningCells(cells, await store.readKpis(shard, LEARNING_KPI));
    const policy = policyInForce(found[0]?.meta.configuration, addresses.policyDir);
    const kept = found.map(({ meta }) => meta.settings?.[PROPENSITIES]);
    return { policy, inForce: kept.map(readPosteriors), ...learningRound({ cells, kept, policy, nowMs }) };
  } catch (error) {
    throw asFailure(error);
  } finally {
    await store.close();
  }
}

const WRITTEN = schemaTable().filter(({ record }) => record === 'PropensitiesLearned');

/** Appends the record to every partition of the control topic. What was appended before a failure holds: say it again. */
export async function tellShards(
  addresses: Pick<Addresses, 'brokers' | 'kafkaSecurity' | 'registryUrl'>,
  news: PropensitiesLearned,
  partitions: number,
): Promise<void> {
  const registry = createSchemaRegistry({ url: addresses.registryUrl });
  const output = createOutputLog({
    brokers: addresses.brokers,
    ...addresses.kafkaSecurity,
    clientId: 'holdfast-propensity',
  });
  try {
    const encoder = createEncoder(await registry.idsOf(WRITTEN));
    const message = propensitiesMessage(encoder.encode(news));
    for (let partition = 0; partition < partitions; partition++) {
      await output.produce(CONTROL_TOPIC, partition, [message]);
    }
  } catch (error) {
    throw asFailure(error);
  } finally {
    registry.close();
    await output.close();
  }
}
