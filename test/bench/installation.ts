import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialise } from '@holdfast/cli';
import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, createEncoder, DEAD_LETTER_TOPIC, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import { createShardStore, type RedisShardStore } from '@holdfast/redis';
import { PLAYS_KPI, STATE_LAYOUT } from '@holdfast/telecom';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { Kafka, logLevel } from 'kafkajs';
import { redisCall } from '../../infra/stack/index.mjs';
import { listenerOf } from './processes.ts';

const PARTITIONS = 8;

/** An initialised stack of the benchmark's own, and what is read from it. */
export interface Installation {
  readonly stack: Stack;
  readonly environment: Readonly<Record<string, string>>;
  readonly logDir: string;
  readonly store: RedisShardStore;
  readonly shards: readonly { readonly topology: string; readonly partition: number }[];
  readonly producer: EventProducer;
  /** Undefined where the service is no process of this machine. */
  readonly pids: { readonly broker: number | undefined; readonly redis: number | undefined };
  /** Records in all input topics that are not folded yet. */
  backlog(): Promise<number>;
  deadLetters(): Promise<number>;
  /** Cells of the count of decisions, summed by what came out: contact, control, suppressed … */
  decisions(): Promise<Readonly<Record<string, number>>>;
  redis(words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function openInstallation(): Promise<Installation> {
  const stack = await startStack(process.env.HOLDFAST_STACK ? {} : { kind: 'native' });
  const { brokers, registryUrl, redisUrl } = stack;
  const addresses = { brokers, registryUrl, redisUrl, queueRedisUrl: redisUrl, policyDir: undefined };
  await initialise(addresses, { partitions: PARTITIONS, replicationFactor: 1, rebuild: false });
  const ids = await createSchemaRegistry({ url: registryUrl }).idsOf(schemaTable());
  const client = { brokers, clientId: 'holdfast-bench' };
  const producer = createEventProducer(client, { encoder: createEncoder(ids) });
  const admin = new Kafka({ ...client, brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const store = createShardStore({ url: redisUrl, codecVersion: STATE_LAYOUT });
  const shards = Array.from({ length: PARTITIONS }, (_, partition) => ({ topology: CUSTOMER_TOPOLOGY, partition }));
  const logDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

  const recordsIn = async (topic: string) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  };

  return {
    stack,
    environment: {
      HOLDFAST_KAFKA_BROKERS: brokers.join(','),
      HOLDFAST_REGISTRY_URL: registryUrl,
      HOLDFAST_REDIS_URL: redisUrl,
    },
    logDir,
    store,
    shards,
    producer,
    pids: { broker: listenerOf(portOf(`tcp://${brokers[0]}`)), redis: listenerOf(portOf(redisUrl)) },
    async backlog() {
      const metas = await Promise.all(shards.map((shard) => store.readMeta(shard)));
      const folded = metas
        .flatMap((meta) => Object.values(meta?.inputs ?? {}))
        .reduce((sum, input) => sum + input.nextOffset, 0);
      const appended = await Promise.all(CUSTOMER_INPUTS.map(recordsIn));
      return appended.reduce((sum, records) => sum + records, 0) - folded;
    },
    deadLetters: () => recordsIn(DEAD_LETTER_TOPIC),
    decisions: () => decisionsBy(store, shards),
    async redis(words) {
      const answer = await redisCall(portOf(redisUrl), [...words]);
      if (answer === null) throw new Error(`Redis did not answer ${words[0]}`);
      return answer;
    },
    async stop() {
      await Promise.all([producer.close(), admin.disconnect(), store.close()]);
      await stack.stop();
      rmSync(logDir, { recursive: true, force: true });
    },
  };
}

async function decisionsBy(store: RedisShardStore, shards: Installation['shards']): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const shard of shards) {
    for (const [cell, count] of Object.entries(await store.readKpis(shard, PLAYS_KPI))) {
      const name = cell.split('|').slice(0, 2).join(' ');
      counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return counts;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
