import { createEngine, type Engine } from '@holdfast/engine';
import { CUSTOMER_INPUTS, DEAD_LETTER_TOPIC, DECISION_TOPIC, type Encoder } from '@holdfast/events';
import { createInputLog, createOutputLog, createRegistryDecoder, type SchemaRegistry } from '@holdfast/kafka';
import type { Logger } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { createContactQueue } from '@holdfast/queue';
import { createShardStore } from '@holdfast/redis';
import { createCustomerTopology, STATE_LAYOUT } from '@holdfast/telecom';
import { systemClock } from './clock.ts';
import type { WorkerConfig } from './config.ts';
import type { ShardObserver } from './shard-observer.ts';

export interface Worker {
  shards(): ReturnType<Engine['phases']>;
  /** When a fetch cycle last ended, ms since the epoch. */
  lastFetchAt(): number;
  /** Resolves with the error when the consumer gave up; the process should end then. */
  readonly crashed: Promise<Error>;
  close(): Promise<void>;
}

export interface WorkerDeps {
  readonly policy: CompiledPolicy;
  readonly observer: ShardObserver;
  readonly logger: Logger;
  readonly registry: SchemaRegistry;
  /** Of decisions. */
  readonly encoder: Encoder;
}

const CLIENT_ID = 'holdfast-worker';
/**
 * Events that trickle in are fetched together: one fetch an event costs a broker and a worker more than the wait, and on a
 * busy machine the wait is won back many times over.
 */
const FETCH = { minBytes: 32 * 1024, maxWaitMs: 20 };

/**
 * Puts the customer topology on the real log, store and queue, and joins the group. Throws when Redis is not fit for the
 * engine's promises or a topic is missing.
 */
export async function startWorker(config: WorkerConfig, deps: WorkerDeps): Promise<Worker> {
  const { logger, policy, encoder } = deps;
  const client = { brokers: config.brokers, clientId: CLIENT_ID };
  const store = createShardStore({ url: config.redisUrl, codecVersion: STATE_LAYOUT });
  const fitness = await store.check();
  if (!fitness.ok) {
    await store.close();
    throw new Error(`${fitness.problem}; ${fitness.fix}`);
  }
  const decoder = createRegistryDecoder(deps.registry);
  const output = createOutputLog(client, { logger });
  const queue = createContactQueue({ url: config.queueRedisUrl, channels: channelsOf(policy) });
  const topics = [...CUSTOMER_INPUTS, DECISION_TOPIC];
  const log = createInputLog({ ...client, groupId: config.groupId, topics, ...FETCH }, { logger });
  const engine = createEngine(
    {
      topology: createCustomerTopology({
        policy,
        decodeRecord: (record) => decoder.decode(record.value),
        encodeDecision: (decision) => encoder.encode(decision),
      }),
      log,
      output,
      store,
      queue,
      clock: systemClock,
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
    shards: engine.phases,
    lastFetchAt: log.lastFetchAt,
    crashed: engine.crashed,
    async close() {
      await engine.close();
      await Promise.all([output.close(), queue.close(), store.close()]);
    },
  };
}

function channelsOf(policy: CompiledPolicy): string[] {
  return [...new Set([...policy.offers.values()].flatMap((offer) => offer.channels))];
}
