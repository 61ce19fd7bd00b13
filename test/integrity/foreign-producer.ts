import { crc32 } from 'node:zlib';
import { eventually } from '@holdfast/testkit';
import kafkajs from 'kafkajs';
import { CLIENT_ID } from './installation-view.ts';

/** A record as somebody else's program sends it: any key, any bytes, any partition. */
export interface ForeignRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function sendForeign(brokers: readonly string[], records: readonly ForeignRecord[]): Promise<void> {
  const producer = foreignKafka(brokers).producer();
  await producer.connect();
  try {
    for (const { topic, partition, key, value, headers } of records) {
      await producer.send({ topic, messages: [{ partition, key, value, headers: { ...headers } }] });
    }
  } finally {
    await producer.disconnect();
  }
}

/** Adds partitions to topics, as an operator may who does not know what they mean; resolves when the brokers say so. */
export async function growTopics(brokers: readonly string[], topics: readonly string[], count: number): Promise<void> {
  const admin = foreignKafka(brokers).admin();
  await admin.connect();
  try {
    await admin.createPartitions({ topicPartitions: topics.map((topic) => ({ topic, count })) });
    // The controller has answered; what a broker tells its clients follows.
    await eventually('the partitions known', async () => {
      const known = await admin.fetchTopicMetadata({ topics: [...topics] });
      const short = known.topics.filter(({ partitions }) => partitions.length !== count);
      if (short.length > 0) throw new Error(`${short.map(({ name }) => name).join()} have fewer`);
    });
  } finally {
    await admin.disconnect();
  }
}

/** Deletes a topic with all its records; resolves when the brokers no longer know it. */
export async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = foreignKafka(brokers).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
    await eventually(`${topic} gone`, async () => {
      if ((await admin.listTopics()).includes(topic)) throw new Error('it is still listed');
    });
  } finally {
    await admin.disconnect();
  }
}

/** Where librdkafka's `consistent_random`, its default, puts a key. */
export function librdkafkaPartition(key: Buffer, partitions: number): number {
  return crc32(key) % partitions;
}

function foreignKafka(brokers: readonly string[]): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: `${CLIENT_ID}-foreign`,
    logLevel: kafkajs.logLevel.NOTHING,
  });
}
