import kafkajs from 'kafkajs';

/** Lets go of all that a partition holds now, as retention does. */
export async function dropRecords(brokers: readonly string[], topic: string, partition: number): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'holdfast-retention',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const high = offsets.find((bounds) => bounds.partition === partition)?.high ?? '0';
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: high }] });
  } finally {
    await admin.disconnect();
  }
}
