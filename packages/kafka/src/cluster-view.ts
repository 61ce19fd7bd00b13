import { setTimeout as delay } from 'node:timers/promises';
import type { PartitionBounds } from '@holdfast/engine';
import type { Admin, Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import { asError, KafkaConfigurationError } from './errors.ts';

/** What the cluster says about itself, over one admin connection made when first needed. */
export interface ClusterView {
  /** Bounds as of a moment after the call. */
  bounds(topic: string, partition: number): Promise<PartitionBounds>;
  /** Partitions of a topic; rejects when it does not exist. */
  partitionCount(topic: string): Promise<number>;
  clusterId(): Promise<string>;
  close(): Promise<void>;
}

type TopicBounds = ReadonlyMap<number, PartitionBounds>;

interface Round {
  running: Promise<TopicBounds> | undefined;
  next: Promise<TopicBounds> | undefined;
}

/**
 * Waits, ms, before the second, third … attempt at what the cluster will be able to answer in a moment: a topic created
 * just now has no leader everybody knows. The client gives up on such an answer to some of its calls.
 */
const RETRY_DELAYS_MS: readonly number[] = [100, 200, 400, 800, 1_600];

export function createClusterView(kafka: Kafka, retryDelaysMs: readonly number[] = RETRY_DELAYS_MS): ClusterView {
  const connection = cachedAdmin(kafka, retryDelaysMs);
  const rounds = new Map<string, Round>();

  return {
    async bounds(topic, partition) {
      const found = (await nextRound(rounds, topic, () => connection.use((admin) => fetchBounds(admin, topic)))).get(
        partition,
      );
      if (!found) throw new Error(`partition ${partition} of ${topic} does not exist`);
      return found;
    },
    partitionCount: (topic) => connection.use((admin) => countPartitions(admin, topic)),
    clusterId: () => connection.use(async (admin) => (await admin.describeCluster()).clusterId),
    close: connection.close,
  };
}

/**
 * Shards ask for the same topic at the same time. A round that has begun is too old for a caller that comes now, so at
 * most one runs and one waits behind it, and everybody who comes in between shares the waiting one.
 */
function nextRound(rounds: Map<string, Round>, topic: string, fetch: () => Promise<TopicBounds>): Promise<TopicBounds> {
  const round = rounds.get(topic) ?? { running: undefined, next: undefined };
  rounds.set(topic, round);
  if (round.next) return round.next;
  const begin = async (): Promise<TopicBounds> => {
    await round.running?.catch(() => undefined);
    round.running = fetch();
    round.next = undefined;
    return round.running;
  };
  round.next = begin();
  return round.next;
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  if (!(await admin.listTopics()).includes(topic)) {
    throw new KafkaConfigurationError(`topic ${topic} does not exist`, 'create the topics first');
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
}

export async function fetchBounds(admin: Admin, topic: string): Promise<TopicBounds> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
}

interface CachedAdmin {
  use<T>(call: (admin: Admin) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** An admin client whose failed connection is thrown away, so that the next call makes a new one. */
function cachedAdmin(kafka: Kafka, retryDelaysMs: readonly number[]): CachedAdmin {
  let current: Promise<Admin> | undefined;
  const connect = async (): Promise<Admin> => {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  };
  const drop = async (used: Promise<Admin>): Promise<void> => {
    if (current === used) current = undefined;
    await used.then((admin) => admin.disconnect()).catch(() => undefined);
  };
  const attempt = async <T>(call: (admin: Admin) => Promise<T>): Promise<T> => {
    current ??= connect();
    const used = current;
    try {
      return await call(await used);
    } catch (thrown) {
      if (thrown instanceof KafkaConfigurationError) throw thrown;
      await drop(used);
      throw asError(thrown);
    }
  };
  return {
    async use(call) {
      for (const delayMs of retryDelaysMs) {
        try {
          return await attempt(call);
        } catch (thrown) {
          if (!isPassing(thrown)) throw thrown;
        }
        await delay(delayMs);
      }
      return attempt(call);
    },
    close: async () => {
      if (current) await drop(current);
    },
  };
}

/** An answer of the broker that says: not now. Failures to reach it were repeated by the client already. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof kafkajs.KafkaJSProtocolError && thrown.retriable;
}
