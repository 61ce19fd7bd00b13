import { AUDIT_TOPIC } from '@holdfast/events';
import { ALL_TOPICS, clusterId, describeTopics, KEPT_TOPICS, type TopicDescription } from '@holdfast/kafka';
import { brokerFeatureLevel } from './broker-version.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const CLIENT = { clientId: 'holdfast-doctor', requestTimeoutMs: 5_000 };
const INIT = 'npx holdfast init';

/** The broker and the topics Holdfast relies on. */
export function kafkaChecks(brokers: readonly string[]): readonly Check[] {
  return [
    { name: 'broker', run: () => broker(brokers) },
    { name: 'topics', run: async () => judgeTopics(await describeTopics({ ...CLIENT, brokers }), ALL_TOPICS) },
  ];
}

async function broker(brokers: readonly string[]): Promise<Finding> {
  const level = await brokerFeatureLevel(brokers[0] ?? '');
  if (level === null)
    return fail(`${brokers.join(', ')} does not answer`, 'npx holdfast up; its log is in .holdfast/logs');
  return judgeBroker(level, await clusterId({ ...CLIENT, brokers }));
}

/** Level of `metadata.version` that Kafka 4.1 finalizes. */
const KAFKA_4_1_LEVEL = 27;
const KAFKA_4_0_LEVEL = 25;

export function judgeBroker(level: number, cluster: string): Finding {
  if (level >= KAFKA_4_1_LEVEL) return ok(`Kafka 4.1 or later (metadata.version ${level}), cluster ${cluster}`);
  const found = `an older Kafka (metadata.version ${level}), cluster ${cluster}`;
  if (level >= KAFKA_4_0_LEVEL) return warn(found, 'Holdfast is tried on Kafka 4.1: upgrade the brokers');
  return fail(found, 'run Kafka 4.1 (npx holdfast up does)');
}

/** All present, equally partitioned, stamped by the broker, without a limit by size. */
export function judgeTopics(found: readonly TopicDescription[], wanted: readonly string[]): Finding {
  const missing = wanted.filter((topic) => !found.some((description) => description.topic === topic));
  if (missing.length === wanted.length) return warn('none yet', INIT);
  if (missing.length > 0) return fail(`missing: ${missing.join(', ')}`, INIT);
  const partitioned = found.filter(({ topic }) => topic !== AUDIT_TOPIC);
  const counts = new Set(partitioned.map(({ partitions }) => partitions));
  if (counts.size > 1) {
    const list = partitioned.map(({ topic, partitions }) => `${topic} ${partitions}`).join(', ');
    return fail(`unequal partition counts: ${list}`, 'delete the odd ones and run holdfast init with the right count');
  }
  const limited = found.filter(({ retentionBytes }) => retentionBytes !== -1).map(({ topic }) => topic);
  if (limited.length > 0) return fail(`limited by size: ${limited.join(', ')}`, 'set retention.bytes=-1 on them');
  const forgetful = found.filter(({ topic, retentionMs }) => KEPT_TOPICS.includes(topic) && retentionMs >= 0);
  if (forgetful.length > 0) {
    const list = forgetful.map(({ topic }) => topic).join(', ');
    return warn(`${list} forgets what a rebuild or an auditor needs`, 'set retention.ms=-1 on it');
  }
  return ok(`${found.length} topics of ${[...counts].join()} partitions`);
}
