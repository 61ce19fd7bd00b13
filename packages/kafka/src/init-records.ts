import { randomBytes } from 'node:crypto';
import { fingerprintOf, type InputPosition } from '@holdfast/engine';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { KafkaConfigurationError } from './errors.ts';
import { ALL_REPLICAS } from './output-log.ts';
import { createProducerSlot } from './producer-slot.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Marks a record as meant for the shard, not for a customer. */
export const KIND_HEADER = 'holdfast-kind';
export const INIT_KIND = 'init';

const INIT_RECORD_BYTES = 16;

/**
 * Appends one random record to each of the given partitions and answers the position after it, with the append time the
 * broker gave. A log created anew has another one there, so it cannot pass for this one. Throws
 * `KafkaConfigurationError` when a topic does not stamp append times.
 */
export async function writeInitRecords(
  options: ClientOptions & { readonly targets: readonly TopicPartition[] },
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<readonly (TopicPartition & { readonly position: InputPosition })[]> {
  const records = options.targets.map((target) => ({ ...target, value: randomBytes(INIT_RECORD_BYTES) }));
  const slot = createProducerSlot(createClient(options, deps));
  try {
    const topicMessages = [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, group]) => ({
      topic,
      messages: group.map(({ partition, value }) => ({
        key: null,
        value,
        partition,
        headers: { [KIND_HEADER]: INIT_KIND },
      })),
    }));
    const answers = await slot.use((producer) => producer.sendBatch({ acks: ALL_REPLICAS, topicMessages }));
    return records.map(({ topic, partition, value }) => {
      const answer = answers.find((a) => a.topicName === topic && a.partition === partition);
      return { topic, partition, position: positionAfter(topic, value, answer) };
    });
  } finally {
    await slot.close();
  }
}

interface Acknowledged {
  readonly baseOffset?: string;
  readonly logAppendTime?: string;
}

function positionAfter(topic: string, value: Buffer, answer: Acknowledged | undefined): InputPosition {
  if (answer?.baseOffset === undefined) throw new Error(`the broker did not acknowledge a record of ${topic}`);
  const offset = Number(answer.baseOffset);
  const appendTime = Number(answer.logAppendTime ?? -1);
  if (appendTime < 0) {
    throw new KafkaConfigurationError(
      `topic ${topic} does not stamp records with the broker's append time`,
      `set message.timestamp.type=LogAppendTime on it`,
    );
  }
  return { nextOffset: offset + 1, fingerprint: fingerprintOf({ offset, appendTime, key: null, value }) };
}
