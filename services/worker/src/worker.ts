import { createEngine, type Engine } from '@holdfast/engine';
import { CUSTOMER_INPUTS, createEncoder, DEAD_LETTER_TOPIC, DECISION_TOPIC, schemaTable } from '@holdfast/events';
import {
  createInputLog,
  createOutputLog,
  createRegistryDecoder,
  createSchemaRegistry,
  type KafkaInputLog,
  SchemaRegistryError,
} from '@holdfast/kafka';
import type { Logger } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { createContactQueue } from '@holdfast/queue';
import { createShardStore } from '@holdfast/redis';
import { createCustomerTopology, STATE_LAYOUT } from '@holdfast/telecom';
import type { WorkerConfig } from './config.ts';
import type { ShardObserver } from './shard-observer.ts';

export interface Worker {
  readonly engine: Engine;
  readonly log: KafkaInputLog;
  close(): Promise<void>;
}

export interface WorkerDeps {
  readonly policy: CompiledPolicy;
  readonly observer: ShardObserver;
  readonly logger: Logger;
}

const CLIENT_ID = 'holdfast-worker';
const REGISTRY_RETRY_MS = 1_000;

/**
 * Puts the customer topology on the real log, store and queue, and joins the group. Waits for the schema registry as
 * long as it takes; throws when Redis is not fit for the engine's promises or a topic is missing.
 */
export async function startWorker(config: WorkerConfig, deps: WorkerDeps): Promise<Worker> {
  const { logger } = deps;
  const client = { brokers: config.brokers, clientId: CLIENT_ID };
  const store = createShardStore({ url: config.redisUrl, codecVersion: STATE_LAYOUT });
  const fitness = await store.check();
  if (!fitness.ok) {
    await store.close();
    throw new Error(`${fitness.problem}; ${fitness.fix}`);
  }
  const registry = createSchemaRegistry({ url: config.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const encoder = createEncoder(await decisionSchemaIds(registry, logger));
  const output = createOutputLog(client, { logger });
  const log = createInputLog(
    { ...client, groupId: config.groupId, topics: [...CUSTOMER_INPUTS, DECISION_TOPIC] },
    { logger },
  );
  const queue = createContactQueue({ url: config.queueRedisUrl, channels: channelsOf(deps.policy) });
  const engine = createEngine(
    {
      topology: createCustomerTopology({
        policy: deps.policy,
        decodeRecord: (record) => decoder.decode(record.value),
        encodeDecision: (decision) => encoder.encode(decision),
      }),
      log,
      output,
      store,
      queue,
      clock,
      observer: deps.observer,
    },
    {
      partitionCount: await output.partitionCount(DECISION_TOPIC),
      deadLetterTopic: DEAD_LETTER_TOPIC,
      journal: config.journal,
    },
  );
  await engine.start();
  return {
    engine,
    log,
    async close() {
      await engine.close();
      await Promise.all([output.close(), queue.close(), store.close()]);
    },
  };
}

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener('abort', finish);
      if (signal?.aborted) finish();
    }),
};

/** A worker may look schemas up, not register them: that is init's. */
async function decisionSchemaIds(registry: ReturnType<typeof createSchemaRegistry>, logger: Logger) {
  const decisions = schemaTable().filter((entry) => entry.topic === DECISION_TOPIC);
  for (;;) {
    try {
      return await registry.idsOf(decisions);
    } catch (error) {
      if (!(error instanceof SchemaRegistryError) || error.code !== 'unreachable') throw error;
      logger.warn({ detail: error.message }, 'schema registry not reached, trying again');
    }
    await clock.sleep(REGISTRY_RETRY_MS);
  }
}

function channelsOf(policy: CompiledPolicy): string[] {
  return [...new Set([...policy.offers.values()].flatMap((offer) => offer.channels))];
}
