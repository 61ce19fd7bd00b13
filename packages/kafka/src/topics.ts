import type { PartitionBounds } from '@holdfast/engine';
import {
  ACCESS_TOPIC,
  AUDIT_TOPIC,
  CONTROL_TOPIC,
  CUSTOMER_INPUTS,
  DEAD_LETTER_TOPIC,
  DECISION_TOPIC,
} from '@holdfast/events';
import type { Admin, ITopicConfig } from 'kafkajs';
import kafkajs from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { fetchBounds } from './cluster-view.ts';
import { KafkaConfigurationError } from './errors.ts';

export interface TopicPlan {
  /** Of every topic but the audit log, which has one; fixed for the life of an installation. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /**
   * How long records are kept, ms; -1 for ever. Default 14 days. There is never a limit by size. Control records and the
   * audit log are kept for ever: a rebuild switches policies where the shard did, however long ago. The log of accesses is
   * kept for 400 days.
   */
  readonly retentionMs?: number;
  /** Default: all of ours. */
  readonly topics?: readonly string[];
}

export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** `LogAppendTime` or `CreateTime`. */
  readonly timestampType: string;
  /** ms; -1 for ever. */
  readonly retentionMs: number;
  /** Bytes per partition; -1 without limit. */
  readonly retentionBytes: number;
}

/** Every topic Holdfast reads or writes. */
export const ALL_TOPICS: readonly string[] = [
  ...CUSTOMER_INPUTS,
  DECISION_TOPIC,
  DEAD_LETTER_TOPIC,
  AUDIT_TOPIC,
  ACCESS_TOPIC,
];
/** Topics whose records are never deleted. */
export const KEPT_TOPICS: readonly string[] = [CONTROL_TOPIC, AUDIT_TOPIC];

const DEFAULT_RETENTION_MS = 14 * 24 * 60 * 60 * 1_000;
/** Long enough for a yearly review of who looked at whom. */
const ACCESS_RETENTION_MS = 400 * 24 * 60 * 60 * 1_000;
const CREATION_TIMEOUT_MS = 30_000;
const CREATION_POLL_MS = 50;
const APPEND_TIME = 'LogAppendTime';
const TIMESTAMP_TYPE = 'message.timestamp.type';
const RETENTION_MS = 'retention.ms';
const RETENTION_BYTES = 'retention.bytes';

/**
 * Creates the topics that are missing and checks those that exist. Throws `KafkaConfigurationError`, before creating
 * anything, when one has another partition count or does not stamp records with the broker's append time.
 */
export async function ensureTopics(
  options: ClientOptions & TopicPlan,
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<{ readonly created: readonly string[]; readonly existing: readonly string[] }> {
  const wanted = options.topics ?? ALL_TOPICS;
  return withAdmin(options, deps, async (admin) => {
    const found = await describe(admin, wanted);
    for (const description of found) checkTopic(description, partitionsOf(description.topic, options));
    const existing = found.map(({ topic }) => topic);
    const created = wanted.filter((topic) => !existing.includes(topic));
    await createAll(
      admin,
      created.map((topic) => topicConfig(topic, options)),
    );
    return { created, existing };
  });
}

/** What the given topics (all of ours without any) are; a topic that does not exist is left out. */
export function describeTopics(
  options: ClientOptions & { readonly topics?: readonly string[] },
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<readonly TopicDescription[]> {
  return withAdmin(options, deps, (admin) => describe(admin, options.topics ?? ALL_TOPICS));
}

export function clusterId(options: ClientOptions, deps: { readonly logger?: KafkaLogger } = {}): Promise<string> {
  return withAdmin(options, deps, async (admin) => (await admin.describeCluster()).clusterId);
}

/** What is left of each partition of a topic. */
export function topicBounds(
  options: ClientOptions & { readonly topic: string },
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<ReadonlyMap<number, PartitionBounds>> {
  return withAdmin(options, deps, (admin) => fetchBounds(admin, options.topic));
}

/** Runs a call on an admin connection of its own. */
export async function withAdmin<T>(
  options: ClientOptions,
  deps: { readonly logger?: KafkaLogger },
  call: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = createClient(options, deps).admin();
  await admin.connect();
  try {
    return await call(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Creates topics and waits until every partition can be written. kafkajs' own wait fails when the broker it asks has not
 * heard of the topic from the controller yet.
 */
async function createAll(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const deadline = performance.now() + CREATION_TIMEOUT_MS;
  for (;;) {
    const missing = await notServed(admin, topics);
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`after ${CREATION_TIMEOUT_MS} ms the brokers do not serve ${missing.join(', ')} yet`);
    }
    await new Promise((resolve) => setTimeout(resolve, CREATION_POLL_MS));
  }
}

async function notServed(admin: Admin, wanted: readonly ITopicConfig[]): Promise<string[]> {
  const known = await admin.listTopics();
  const answers = await Promise.all(wanted.map((each) => known.includes(each.topic) && isServed(admin, each)));
  return wanted.filter((_, index) => !answers[index]).map(({ topic }) => topic);
}

/** The metadata names a leader before that broker knows of its duty: only an answer about offsets is proof. */
async function isServed(admin: Admin, { topic, numPartitions }: ITopicConfig): Promise<boolean> {
  try {
    return (await admin.fetchTopicOffsets(topic)).length === numPartitions;
  } catch (thrown) {
    if (thrown instanceof kafkajs.KafkaJSProtocolError && thrown.retriable) return false;
    throw thrown;
  }
}

function topicConfig(topic: string, plan: TopicPlan): ITopicConfig {
  return {
    topic,
    numPartitions: partitionsOf(topic, plan),
    replicationFactor: plan.replicationFactor,
    configEntries: [
      { name: TIMESTAMP_TYPE, value: APPEND_TIME },
      { name: RETENTION_MS, value: String(retentionOf(topic, plan)) },
      { name: RETENTION_BYTES, value: '-1' },
      { name: 'cleanup.policy', value: 'delete' },
    ],
  };
}

function retentionOf(topic: string, plan: TopicPlan): number {
  if (KEPT_TOPICS.includes(topic)) return -1;
  return topic === ACCESS_TOPIC ? ACCESS_RETENTION_MS : (plan.retentionMs ?? DEFAULT_RETENTION_MS);
}

/** One partition orders the audit log as a whole. */
function partitionsOf(topic: string, plan: TopicPlan): number {
  return topic === AUDIT_TOPIC ? 1 : plan.partitions;
}

function checkTopic({ topic, partitions, timestampType }: TopicDescription, expected: number): void {
  if (partitions !== expected) {
    throw new KafkaConfigurationError(
      `topic ${topic} has ${partitions} partitions, expected ${expected}`,
      `set the installation's partition count to ${partitions}, or delete the topic and create it with ${expected}`,
    );
  }
  if (timestampType !== APPEND_TIME) {
    throw new KafkaConfigurationError(
      `topic ${topic} has ${TIMESTAMP_TYPE}=${timestampType}, expected ${APPEND_TIME}`,
      `kafka-configs.sh --alter --topic ${topic} --add-config ${TIMESTAMP_TYPE}=${APPEND_TIME}`,
    );
  }
}

/** Asks for existing names only: asking for another might create it. */
async function describe(admin: Admin, wanted: readonly string[]): Promise<readonly TopicDescription[]> {
  const names = (await admin.listTopics()).filter((topic) => wanted.includes(topic)).sort();
  if (names.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [TIMESTAMP_TYPE, RETENTION_MS, RETENTION_BYTES],
    })),
  });
  return topics.map(({ name, partitions }) => {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const configOf = (key: string) => entries.find(({ configName }) => configName === key)?.configValue;
    return {
      topic: name,
      partitions: partitions.length,
      replicationFactor: partitions[0]?.replicas.length ?? 0,
      timestampType: configOf(TIMESTAMP_TYPE) ?? 'unknown',
      retentionMs: Number(configOf(RETENTION_MS) ?? Number.NaN),
      retentionBytes: Number(configOf(RETENTION_BYTES) ?? Number.NaN),
    };
  });
}
