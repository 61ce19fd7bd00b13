import type { LogRecord } from '@holdfast/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, createTopics, dropRecordsBefore } from '../test/broker.ts';
import { createOutputLog } from './output-log.ts';
import { readRecordsAt } from './record-lookup.ts';
import { readTopic } from './topic-reader.ts';

const RECORDS = 3_000;
const log = createOutputLog(client());
let topic = '';
let middleMs = 0;

const message = (value: string) => ({ key: Buffer.from('k'), value: Buffer.from(value), headers: {} });
const batch = (partition: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => message(`${partition}:${from + index}`));

beforeAll(async () => {
  [topic = ''] = await createTopics(1, 2);
  for (const partition of [0, 1]) await log.produce(topic, partition, batch(partition, 0, RECORDS - 1));
  const { appendTime = 0 } = await log.produce(topic, 0, [message(`0:${RECORDS - 1}`)]);
  middleMs = appendTime + 1;
  let lastMs = appendTime;
  // The clock of the broker has to go on, for a record that is younger.
  while (lastMs < middleMs) lastMs = (await log.produce(topic, 1, [message('1:later')])).appendTime ?? 0;
});
afterAll(() => log.close());

const at = (partition: number, offset: number) => ({ partition, offset });

describe('records looked up by their coordinates', () => {
  it('come from any place of any partition, in one go', async () => {
    const places = [at(1, 0), at(0, RECORDS - 1), at(0, 17), at(1, 2_000), at(0, 17)];
    const found = await readRecordsAt({ ...client(), topic, places });
    expect(new Map([...found].map(([place, { value }]) => [place, String(value)]))).toEqual(
      new Map([
        ['0/17', '0:17'],
        [`0/${RECORDS - 1}`, `0:${RECORDS - 1}`],
        ['1/0', '1:0'],
        ['1/2000', '1:2000'],
      ]),
    );
  });

  it('are missing where there is none, and where retention has let them go', async () => {
    await dropRecordsBefore(topic, 10);
    const places = [at(0, 9), at(0, 10), at(1, 1_000_000)];
    expect([...(await readRecordsAt({ ...client(), topic, places })).keys()]).toEqual(['0/10']);
    expect(await readRecordsAt({ ...client(), topic, places: [at(0, 9)] })).toEqual(new Map());
  });
});

describe('a topic read from a time on', () => {
  it('begins with the first record appended then, in each partition', async () => {
    const records: LogRecord[] = [];
    for await (const record of readTopic({ ...client(), topic, from: { atMs: middleMs } })) records.push(record);
    expect(records.length).toBeGreaterThan(0);
    expect(records.every(({ appendTime }) => appendTime >= middleMs)).toBe(true);
    expect(new Set(records.map(({ value }) => String(value)))).toEqual(new Set(['1:later']));
  });
});
