import type { OutputLog } from '@holdfast/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { client, createTopics } from '../test/broker.ts';
import { createOutputLog } from './output-log.ts';
import { readTopic } from './topic-reader.ts';

const open: OutputLog[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close()));
});

function outputLog(): OutputLog {
  const log = createOutputLog({ ...client(), retries: 1 });
  open.push(log);
  return log;
}

const message = (value: string) => ({ key: Buffer.from('k'), value: Buffer.from(value), headers: {} });

async function valuesOf(topic: string, partition: number): Promise<string[]> {
  const values: string[] = [];
  for await (const record of readTopic({ ...client(), topic, from: 'beginning' })) {
    if (record.partition === partition) values.push(String(record.value));
  }
  return values;
}

describe('the output log', () => {
  it('answers the offset of the first record and the append time of the broker', async () => {
    const [topic = ''] = await createTopics(1, 2);
    const log = outputLog();
    const first = await log.produce(topic, 1, [message('a'), message('b')]);
    const second = await log.produce(topic, 1, [message('c')]);
    expect([first.baseOffset, second.baseOffset]).toEqual([0, 2]);
    expect(second.appendTime).toBeGreaterThanOrEqual(first.appendTime ?? Number.POSITIVE_INFINITY);
    expect(await valuesOf(topic, 1)).toEqual(['a', 'b', 'c']);
  });

  it('keeps the order of calls within a partition without waiting for each', async () => {
    const [topic = ''] = await createTopics(1, 4);
    const log = outputLog();
    const calls = Array.from({ length: 80 }, (_, index) => log.produce(topic, index % 4, [message(`${index}`)]));
    const answers = await Promise.all(calls);
    expect(answers.filter((_, index) => index % 4 === 3).map(({ baseOffset }) => baseOffset)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
    expect(await valuesOf(topic, 3)).toEqual(Array.from({ length: 20 }, (_, index) => `${index * 4 + 3}`));
  });

  it('rejects what the broker refuses, and goes on with what comes after it', async () => {
    const [topic = ''] = await createTopics(1, 1);
    const log = outputLog();
    await log.produce(topic, 0, [message('before')]);
    await expect(log.produce(topic, 0, [message('x'.repeat(2_000_000))])).rejects.toThrow(/larger than/);
    expect(await log.produce(topic, 0, [message('after')])).toMatchObject({ baseOffset: 1 });
    expect(await valuesOf(topic, 0)).toEqual(['before', 'after']);
  });

  it('knows how many partitions a topic has, and says so when there is none of that name', async () => {
    const [topic = ''] = await createTopics(1, 3);
    const log = outputLog();
    expect(await log.partitionCount(topic)).toBe(3);
    await expect(log.partitionCount(`no-${topic}`)).rejects.toThrow('does not exist');
  });
});
