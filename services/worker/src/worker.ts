import { hostname } from 'node:os';
import { createEngine, type Engine } from '@holdfast/engine';
import { CUSTOMER_INPUTS, DEAD_LETTER_TOPIC, DECISION_TOPIC, type Encoder } from '@holdfast/events';
import {
  createInputLog,
  createOutputLog,
  createRegistryDecoder,
  erasureWith,
  type SchemaRegistry,
} from '@holdfast/kafka';
import type { Logger } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { openPolicy } from '@holdfast/policy-folder';
import { createContactQueue } from '@holdfast/queue';
import { createShardStore } from '@holdfast/redis';
import { createCustomerTopology, STATE_LAYOUT } from '@holdfast/telecom';
import { systemClock } from './clock.ts';
import type { WorkerConfig } from './config.ts';
import { createLearner, type LearnerObserver } from './learner.ts';
import type { ShardObserver } from './shard-observer.ts';

export interface Worker {
  standings(): ReturnType<Engine['standings']>;
  /** When a fetch cycle last ended, ms since the epoch. */
  lastFetchAt(): number;
  /** Since when the broker answers, ms since the epoch; undefined while it does not. */
  brokerAnswersSince(): number | undefined;
  /** Drops every claim, and claims again what the group confirms. */
  giveUpShards(reason: string): void;
  /** Resolves with the error when the consumer gave up; the process should end then. */
  readonly crashed: Promise<Error>;
  close(): Promise<void>;
}

export interface WorkerDeps {
  readonly policy: CompiledPolicy;
  readonly observer: ShardObserver;
  readonly learning: LearnerObserver;
  readonly logger: Logger;
  readonly registry: SchemaRegistry;
  /** Of decisions and control records. */
  readonly encoder: Encoder;
}

const CLIENT_ID = 'holdfast-worker';
/** Who is silent for so long has lost its shards, ms. */
export const SESSION_TIMEOUT_MS = 10_000;
/** Told to whoever asks who has a shard. */
const OWNER = `${hostname()}/${process.pid}`;
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
  const client = { brokers: config.brokers, ...config.kafkaSecurity, clientId: CLIENT_ID };
  const store = createShardStore({
    url: config.redisUrl,
    codecVersion: STATE_LAYOUT,
    owner: OWNER,
    toldKeep: config.eventsKept,
  });
  const fitness = await store.check();
  if (!fitness.ok) {
    await store.close();
    throw new Error(`${fitness.problem}; ${fitness.fix}`);
  }
  const decoder = createRegistryDecoder(deps.registry);
  const output = createOutputLog(client, { logger });
  const queue = createContactQueue({ url: config.queueRedisUrl, channels: channelsOf(policy) });
  const topics = [...CUSTOMER_INPUTS, DECISION_TOPIC];
  const log = createInputLog(
    { ...client, groupId: config.groupId, topics, ...FETCH, sessionTimeoutMs: SESSION_TIMEOUT_MS },
    { logger },
  );
  const partitionCount = await output.partitionCount(DECISION_TOPIC);
  const engine = createEngine(
    {
      topology: createCustomerTopology({
        policy,
        decodeRecord: (record) => decoder.decode(record.value),
        encodeDecision: (decision) => encoder.encode(decision),
        encodeBudget: (record) => encoder.encode(record),
        openPolicy,
        erasure: erasureWith(config.erasureKey),
      }),
      log,
      output,
      store,
      queue,
      clock: systemClock,
      observer: deps.observer,
    },
    {
      partitionCount,
      deadLetterTopic: DEAD_LETTER_TOPIC,
      journal: config.journal,
    },
  );
  await engine.start();
  const learner = createLearner(
    {
      ...{ store, output, policy, observer: deps.learning, clock: systemClock },
      encode: (record) => encoder.encode(record),
      isOurs: () => engine.standings().some(({ partition, phase }) => partition === 0 && phase === 'running'),
    },
    { everyMs: config.learnEveryMs, partitionCount },
  );
  return {
    standings: engine.standings,
    lastFetchAt: log.lastFetchAt,
    brokerAnswersSince: engine.brokerAnswersSince,
    giveUpShards: engine.giveUpShards,
    crashed: engine.crashed,
    async close() {
      await Promise.all([learner.close(), engine.close()]);
      await Promise.all([output.close(), queue.close(), store.close()]);
    },
  };
}

function channelsOf(policy: CompiledPolicy): string[] {
  return [...new Set([...policy.offers.values()].flatMap((offer) => offer.channels))];
}
