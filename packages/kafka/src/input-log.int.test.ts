import type { OutputLog } from '@holdfast/engine';
import kafkajs from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  client,
  createTopics,
  dropRecordsBefore,
  eventually,
  foreignKafka,
  recorder,
  uniqueGroup,
} from '../test/broker.ts';
import { createInputLog, type InputLogOptions, type KafkaInputLog } from './input-log.ts';
import { createOutputLog } from './output-log.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function inputLog(topics: readonly string[], more: Partial<InputLogOptions> = {}): KafkaInputLog {
  const log = createInputLog({ ...client(), groupId: uniqueGroup(), topics, heartbeatIntervalMs: 200, ...more });
  open.push(log);
  return log;
}

function outputLog(): OutputLog {
  const log = createOutputLog(client());
  open.push(log);
  return log;
}

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    key: Buffer.from('customer'),
    value: Buffer.from(`value ${from + index}`),
    headers: { source: Buffer.from('test') },
  }));

/** One topic of one partition that holds `count` records. */
async function filledTopic(count: number): Promise<string> {
  const [topic = ''] = await createTopics(1, 1);
  await outputLog().produce(topic, 0, numbered(count));
  return topic;
}

describe('delivery', () => {
  it('begins at exactly the offset asked for and goes on with what is appended later', async () => {
    const topic = await filledTopic(10);
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 4));
    await log.start(seen);
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([4, 5, 6, 7, 8, 9]));
    await outputLog().produce(topic, 0, numbered(2, 10));
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]));
    expect(seen.batches.at(-1)).toMatchObject({ highWatermark: 12, nextOffset: 12 });
    expect(seen.disturbances).toEqual([]);
  });

  it('gives records as they were written, with the append time of the broker', async () => {
    const [topic = ''] = await createTopics(1, 1);
    const { appendTime } = await outputLog().produce(topic, 0, numbered(1));
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    await log.start(seen);
    await eventually(() => expect(seen.records()).toHaveLength(1));
    expect(seen.records()[0]).toEqual({
      topic,
      partition: 0,
      offset: 0,
      appendTime,
      key: Buffer.from('customer'),
      value: Buffer.from('value 0'),
      headers: { source: Buffer.from('test') },
    });
  });

  it('delivers nothing of a partition nobody resumed, though others of the topic flow', async () => {
    const [topic = ''] = await createTopics(1, 2);
    const out = outputLog();
    await out.produce(topic, 0, numbered(5));
    await out.produce(topic, 1, numbered(5));
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 1, 0));
    await log.start(seen);
    await eventually(() => expect(seen.offsets(topic, 1)).toHaveLength(5));
    await log.confirmAssignment();
    expect(seen.offsets(topic, 0)).toEqual([]);
  });

  it('stops at a pause and repeats what is asked for afterwards', async () => {
    const topic = await filledTopic(5);
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    await log.start(seen);
    await eventually(() => expect(seen.offsets(topic, 0)).toHaveLength(5));
    log.pause(topic, 0);
    await outputLog().produce(topic, 0, numbered(3, 5));
    await log.confirmAssignment();
    expect(seen.offsets(topic, 0)).toHaveLength(5);
    log.resumeAt(topic, 0, 4);
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([0, 1, 2, 3, 4, 4, 5, 6, 7]));
  });

  it('obeys the last of several positions asked for while records are flowing', async () => {
    const topic = await filledTopic(2_000);
    const log = inputLog([topic], { maxBytesPerPartition: 4_096 });
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    await log.start(seen);
    await eventually(() => expect(seen.records().length).toBeGreaterThan(0));
    seen.batches.length = 0;
    for (const offset of [1_500, 3, 1_990]) log.resumeAt(topic, 0, offset);
    await eventually(() =>
      expect(seen.offsets(topic, 0)).toEqual([1990, 1991, 1992, 1993, 1994, 1995, 1996, 1997, 1998, 1999]),
    );
  });

  const codecs = [
    ['gzip', kafkajs.CompressionTypes.GZIP],
    ['snappy', kafkajs.CompressionTypes.Snappy],
    ['lz4', kafkajs.CompressionTypes.LZ4],
    ['zstd', kafkajs.CompressionTypes.ZSTD],
  ] as const;
  for (const [name, compression] of codecs) {
    it(`reads what a producer compressed with ${name}`, async () => {
      const [topic = ''] = await createTopics(1, 1);
      const producer = foreignKafka().producer();
      await producer.connect();
      const messages = Array.from({ length: 300 }, (_, index) => ({ value: `value ${index}`.repeat(20) }));
      await producer.send({ topic, compression, messages });
      await producer.disconnect();
      const log = inputLog([topic]);
      const seen = recorder(() => log.resumeAt(topic, 0, 100));
      await log.start(seen);
      await eventually(() => expect(seen.offsets(topic, 0)).toHaveLength(200));
      expect(seen.records().map(({ value }) => value?.toString())).toEqual(
        messages.slice(100).map(({ value }) => value),
      );
    });
  }
});

describe('holes', () => {
  it('of transactions are passed over, and the position after their markers is told', async () => {
    const [topic = ''] = await createTopics(1, 1);
    const producer = foreignKafka().producer({
      transactionalId: uniqueGroup(),
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const inTransaction = async (value: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }] });
      await transaction[end]();
    };
    await inTransaction('first', 'commit');
    await inTransaction('never', 'abort');
    await inTransaction('second', 'commit');
    await producer.disconnect();
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    await log.start(seen);
    await eventually(() => expect(seen.batches.at(-1)?.nextOffset).toBe(6));
    expect(seen.records().map(({ offset, value }) => [offset, value?.toString()])).toEqual([
      [0, 'first'],
      [4, 'second'],
    ]);
    expect((await log.bounds(topic, 0)).high).toBe(6);
  });

  it('that hold nothing but markers move the position without records', async () => {
    const [topic = ''] = await createTopics(1, 1);
    const producer = foreignKafka().producer({
      transactionalId: uniqueGroup(),
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'never' }] });
    await transaction.abort();
    await producer.disconnect();
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    await log.start(seen);
    await eventually(() => expect(seen.batches.at(-1)).toMatchObject({ records: [], nextOffset: 2 }));
    await outputLog().produce(topic, 0, numbered(1));
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([2]));
    expect(seen.disturbances).toEqual([]);
  });
});

describe('bounds', () => {
  it('are the oldest offset still there and the next one to be written', async () => {
    const topic = await filledTopic(10);
    const log = inputLog([topic]);
    expect(await log.bounds(topic, 0)).toEqual({ low: 0, high: 10 });
    await dropRecordsBefore(topic, 7);
    await eventually(async () => expect(await log.bounds(topic, 0)).toEqual({ low: 7, high: 10 }));
  });

  it('asked for by many at once are those of a moment after each question', async () => {
    const topic = await filledTopic(3);
    const log = inputLog([topic]);
    const early = Array.from({ length: 20 }, () => log.bounds(topic, 0));
    await outputLog().produce(topic, 0, numbered(1));
    const late = await log.bounds(topic, 0);
    expect(late.high).toBe(4);
    for (const { high } of await Promise.all(early)) expect(high).toBeGreaterThanOrEqual(3);
  });
});

describe('a position outside the log', () => {
  it('is told when it lies before the log, before anything after the loss is delivered', async () => {
    const topic = await filledTopic(10);
    await dropRecordsBefore(topic, 7);
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 2));
    const deliveredWhenTold: number[] = [];
    const handler = { ...seen, disturbed: () => void deliveredWhenTold.push(seen.records().length) };
    await log.start(handler);
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([7, 8, 9]));
    expect(deliveredWhenTold[0]).toBe(0);
  });

  it('is told when it lies behind the log', async () => {
    const topic = await filledTopic(3);
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 50));
    await log.start(seen);
    await eventually(() => expect(seen.disturbances.join()).toContain('out of range'));
    log.pause(topic, 0);
    await log.confirmAssignment();
    expect(seen.records()).toEqual([]);
  });
});

describe('the group', () => {
  it('gives a joining worker its share of every topic and all of it back when it leaves', async () => {
    const topics = await createTopics(2, 8);
    const groupId = uniqueGroup();
    const first = inputLog(topics, { groupId });
    const seenByFirst = recorder();
    await first.start(seenByFirst);
    await eventually(() => expect(seenByFirst.assignments.at(-1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]));

    const second = createInputLog({ ...client(), groupId, topics, heartbeatIntervalMs: 200 });
    const seenBySecond = recorder();
    await second.start(seenBySecond);
    await eventually(() => {
      const shares = [seenByFirst.assignments.at(-1) ?? [], seenBySecond.assignments.at(-1) ?? []];
      expect(shares.map(({ length }) => length)).toEqual([4, 4]);
      expect(shares.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });
    expect(seenByFirst.assignments.at(-1)).toEqual([0, 1, 2, 3]);

    await second.close();
    await eventually(() => expect(seenByFirst.assignments.at(-1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]));
    expect([...seenByFirst.crashes, ...seenBySecond.crashes]).toEqual([]);
  });

  it('delivers nothing after a new assignment until it is resumed again', async () => {
    const [topic = ''] = await createTopics(1, 2);
    const out = outputLog();
    const groupId = uniqueGroup();
    const first = inputLog([topic], { groupId });
    const seen = recorder((partitions) => {
      if (seen.assignments.length > 1) return;
      for (const partition of partitions) first.resumeAt(topic, partition, 0);
    });
    await first.start(seen);
    await out.produce(topic, 0, numbered(3));
    await eventually(() => expect(seen.offsets(topic, 0)).toEqual([0, 1, 2]));
    await inputLog([topic], { groupId }).start(recorder());
    await eventually(() => expect(seen.assignments).toHaveLength(2));
    const [kept = -1] = seen.assignments.at(-1) ?? [];
    const before = seen.offsets(topic, kept).length;
    await out.produce(topic, kept, numbered(3));
    await first.confirmAssignment();
    expect(seen.offsets(topic, kept)).toHaveLength(before);
    first.resumeAt(topic, kept, before);
    await eventually(() => expect(seen.offsets(topic, kept)).toHaveLength(before + 3));
  });

  it('confirms the assignment with a heartbeat begun after the question', async () => {
    const topic = await filledTopic(1);
    const log = inputLog([topic]);
    const seen = recorder();
    await log.start(seen);
    await eventually(() => expect(seen.assignments).toHaveLength(1));
    await log.confirmAssignment();
    expect(log.lastFetchAt()).toBeGreaterThan(0);
    await log.close();
    await expect(log.confirmAssignment()).rejects.toThrow('closed');
  });

  it('is told how far we are', async () => {
    const topic = await filledTopic(9);
    const groupId = uniqueGroup();
    const log = inputLog([topic], { groupId });
    const seen = recorder();
    await log.start(seen);
    await eventually(() => expect(seen.assignments).toHaveLength(1));
    await log.reportProgress([{ topic, partition: 0, nextOffset: 6 }]);
    const admin = foreignKafka().admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '6' }]);
  });

  it('is not joined when partition counts differ', async () => {
    const [eight = ''] = await createTopics(1, 8);
    const [six = ''] = await createTopics(1, 6);
    await expect(inputLog([eight, six]).start(recorder())).rejects.toThrow(`${eight} has 8, ${six} has 6`);
  });

  it('is not joined for a topic that does not exist', async () => {
    await expect(inputLog([`no-${uniqueGroup()}`]).start(recorder())).rejects.toThrow('does not exist');
  });

  it('hears of a defect in the handler as a crash, once', async () => {
    const topic = await filledTopic(3);
    const log = inputLog([topic]);
    const seen = recorder(() => log.resumeAt(topic, 0, 0));
    const broken = {
      ...seen,
      batch: () => {
        throw new Error('broken handler');
      },
    };
    await log.start(broken);
    await eventually(() => expect(seen.crashes.map(({ message }) => message)).toEqual(['broken handler']));
  });
});
