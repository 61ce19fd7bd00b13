import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { fingerprintOf, type LogRecord } from '@holdfast/engine';
import { AUDIT_TOPIC, CONTROL_TOPIC } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { client, createTopics, eventually, foreignKafka } from '../test/broker.ts';
import { createClient } from './client.ts';
import { writeInitRecords } from './init-records.ts';
import { createOutputLog } from './output-log.ts';
import { readTopic } from './topic-reader.ts';
import { clusterId, describeTopics, ensureTopics } from './topics.ts';

async function readAll(topic: string, more: { readonly max?: number } = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readTopic({ ...client(), topic, from: 'beginning', ...more })) records.push(record);
  return records;
}

describe('topics', () => {
  it('are created with the append time of the broker, no limit by size, and the wanted retention', async () => {
    const topic = randomUUID();
    const plan = { ...client(), topics: [topic], partitions: 3, replicationFactor: 1, retentionMs: 86_400_000 };
    expect(await ensureTopics(plan)).toEqual({ created: [topic], existing: [] });
    expect(await describeTopics({ ...client(), topics: [topic] })).toEqual([
      {
        topic,
        partitions: 3,
        replicationFactor: 1,
        timestampType: 'LogAppendTime',
        retentionMs: 86_400_000,
        retentionBytes: -1,
      },
    ]);
    expect(await ensureTopics(plan)).toEqual({ created: [], existing: [topic] });
  });

  it('for control records and the audit log keep everything, the latter in one partition', async () => {
    // As many as the other files that share this broker ask for: these topics have their real names.
    await ensureTopics({ ...client(), partitions: 8, replicationFactor: 1, retentionMs: 86_400_000 });
    const [control] = await describeTopics({ ...client(), topics: [CONTROL_TOPIC] });
    const [audit] = await describeTopics({ ...client(), topics: [AUDIT_TOPIC] });
    expect([control?.retentionMs, control?.partitions]).toEqual([-1, 8]);
    expect([audit?.retentionMs, audit?.partitions]).toEqual([-1, 1]);
  });

  it('with another partition count are refused, by name, before any other is created', async () => {
    const [existing = ''] = await createTopics(1, 3);
    const missing = randomUUID();
    const wrong = ensureTopics({ ...client(), topics: [missing, existing], partitions: 5, replicationFactor: 1 });
    await expect(wrong).rejects.toThrow(`topic ${existing} has 3 partitions, expected 5`);
    expect(await describeTopics({ ...client(), topics: [missing] })).toEqual([]);
  });

  it('that keep the producer’s time are refused with the command that changes it', async () => {
    const topic = randomUUID();
    const admin = foreignKafka().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: false });
    await eventually(async () => expect(await admin.listTopics()).toContain(topic));
    await admin.disconnect();
    const wrong = ensureTopics({ ...client(), topics: [topic], partitions: 1, replicationFactor: 1 });
    await expect(wrong).rejects.toThrow(/CreateTime, expected LogAppendTime; kafka-configs.sh --alter/);
    await expect(writeInitRecords({ ...client(), targets: [{ topic, partition: 0 }] })).rejects.toThrow('append time');
  });

  it('belong to a cluster that has a name', async () => {
    expect(await clusterId(client())).toMatch(/^[\w-]{10,}$/);
  });
});

describe('first records', () => {
  it('differ, are marked, and are answered with what a reader finds there', async () => {
    const topics = await createTopics(2, 2);
    const targets = topics.flatMap((topic) => [0, 1].map((partition) => ({ topic, partition })));
    const written = await writeInitRecords({ ...client(), targets });
    expect(written.map(({ topic, partition }) => ({ topic, partition }))).toEqual(targets);
    const records = (await Promise.all(topics.map((topic) => readAll(topic)))).flat();
    for (const { topic, partition, position } of written) {
      const record = records.find((each) => each.topic === topic && each.partition === partition);
      expect(record).toMatchObject({ key: null, headers: { 'holdfast-kind': Buffer.from('init') } });
      if (record) expect(position).toEqual({ nextOffset: record.offset + 1, fingerprint: fingerprintOf(record) });
    }
    expect(new Set(records.map(({ value }) => value?.toString('hex'))).size).toBe(4);
  });
});

describe('reading a topic', () => {
  const filled = async (partitions: number, perPartition: number) => {
    const [topic = ''] = await createTopics(1, partitions);
    const out = createOutputLog(client());
    for (let partition = 0; partition < partitions; partition++) {
      const messages = Array.from({ length: perPartition }, (_, i) => ({
        key: null,
        value: Buffer.from(`${i}`),
        headers: {},
      }));
      await out.produce(topic, partition, messages);
    }
    await out.close();
    return topic;
  };

  it('ends where the topic ended, with every partition in order', async () => {
    const records = await readAll(await filled(3, 40));
    expect(records).toHaveLength(120);
    for (const partition of [0, 1, 2]) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(Array.from({ length: 40 }, (_, index) => index));
    }
  });

  it('ends at once when there is nothing', async () => {
    const [topic = ''] = await createTopics(1, 2);
    expect(await readAll(topic)).toEqual([]);
  });

  it('stops at the wanted number', async () => {
    expect(await readAll(await filled(2, 40), { max: 5 })).toHaveLength(5);
  });

  it('leaves no group behind', async () => {
    const topic = await filled(1, 1);
    const admin = foreignKafka().admin();
    await admin.connect();
    const readers = async () =>
      (await admin.listGroups()).groups.filter(({ groupId }) => groupId.includes(topic)).map(({ groupId }) => groupId);
    await readAll(topic);
    expect(await readers()).toEqual([]);
    await admin.disconnect();
  });
});

describe('a connection', () => {
  it('that the other side ends is noticed', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const closed: string[] = [];
    const kafka = createClient(
      { brokers: [`127.0.0.1:${port}`], clientId: 'test', requestTimeoutMs: 1_000 },
      { onSocketClosed: (from) => closed.push(from) },
    );
    const admin = kafka.admin({ retry: { retries: 0 } });
    await expect(admin.connect()).rejects.toThrow();
    await eventually(() => expect(closed).toContain(`127.0.0.1:${port}`));
    await admin.disconnect();
    await new Promise((resolve) => server.close(resolve));
  });
});
