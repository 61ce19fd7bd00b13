import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { LogRecord } from '@holdfast/engine';
import { type EventOf, INPUT_TOPICS } from '@holdfast/events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathOf } from './archive-file.ts';
import { openArchive } from './archive-reader.ts';
import { openArchiveWriter } from './archive-writer.ts';

const TOPIC = INPUT_TOPICS.usage;
const IDENTITY = { clusterId: 'c', partitions: 1 };
const MIDNIGHT = Date.UTC(2026, 1, 3);
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-archive-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const recordAt = (offset: number, appendTime: number): LogRecord => ({
  topic: TOPIC,
  partition: 0,
  offset,
  appendTime,
  key: Buffer.from('anna'),
  value: Buffer.from([0, 0, 0, 0, 7, offset]),
  headers: {},
});
const usage: EventOf<'UsageRecorded'> = {
  type: 'UsageRecorded',
  eventId: 'e-1',
  source: 'billing',
  occurredAt: MIDNIGHT - 5,
  customerId: 'anna',
  subscriptionId: 'line-1',
  kind: 'VOICE',
  durationSeconds: 60,
  quantityMb: 0.5,
  chargeMinor: 12,
  currency: 'EUR',
  direction: 'OUTGOING',
  onNet: true,
  zone: 'DOMESTIC',
  failed: false,
  localHour: -1,
};

async function write(records: readonly LogRecord[]) {
  const deps = {
    decode: ({ offset }: LogRecord) => (offset === 1 ? undefined : usage),
    schemaText: async (id: number) => `{"schema":${id}}`,
  };
  const writer = await openArchiveWriter({ location: dir, identity: IDENTITY }, deps);
  try {
    for (const record of records) await writer.append(record);
    return await writer.flush();
  } finally {
    await writer.close();
  }
}

async function read(fromMs: number, toMs: number): Promise<number[]> {
  const archive = await openArchive(dir);
  const offsets: number[] = [];
  for await (const stretch of archive.read(TOPIC, 0, { fromMs, toMs }))
    offsets.push(...stretch.map(({ offset }) => offset));
  await archive.close();
  return offsets;
}

describe('an archive', () => {
  it('has a file per day, named by the offsets it covers, holes included', async () => {
    const files = await write([recordAt(3, MIDNIGHT - 2), recordAt(5, MIDNIGHT - 1), recordAt(8, MIDNIGHT)]);
    expect(files.map(pathOf)).toEqual([
      `topic=${TOPIC}/date=2026-02-02/0-3-5.parquet`,
      `topic=${TOPIC}/date=2026-02-03/0-6-8.parquet`,
    ]);
    expect((await openArchive(dir)).index.gaps).toEqual([]);
  });

  it('is read by append time, from the beginning of a range to before its end', async () => {
    await write([0, 1, 2, 3].map((offset) => recordAt(offset, MIDNIGHT - 2 + offset)));
    expect(await read(MIDNIGHT - 1, MIDNIGHT + 1)).toEqual([1, 2]);
    expect(await read(0, Number.MAX_SAFE_INTEGER)).toEqual([0, 1, 2, 3]);
  });

  it('has what an event says in typed columns that any engine reads, and nothing there for bytes that say nothing', async () => {
    await write([recordAt(0, MIDNIGHT), recordAt(1, MIDNIGHT + 1)]);
    const connection = await (await DuckDBInstance.create()).connect();
    const result = await connection.runAndReadAll(
      `SELECT topic, date::VARCHAR AS date, "offset"::INTEGER AS "offset", event_type, source, occurred_at::VARCHAR AS occurred, customer_id,
         subscription_id, kind, duration_seconds::INTEGER AS seconds, quantity_mb, on_net
       FROM read_parquet('${dir}/*/*/*.parquet', hive_partitioning = true) ORDER BY "offset"`,
    );
    const [first, second] = result.getRowObjects();
    expect(first).toEqual({
      topic: TOPIC,
      date: '2026-02-03',
      offset: 0,
      event_type: 'UsageRecorded',
      source: 'billing',
      occurred: '2026-02-02 23:59:59.995',
      customer_id: 'anna',
      subscription_id: 'line-1',
      kind: 'VOICE',
      seconds: 60,
      quantity_mb: 0.5,
      on_net: true,
    });
    expect(second).toMatchObject({ offset: 1, event_type: null, quantity_mb: null });
  });

  it('keeps the schemas its values were written with', async () => {
    await write([recordAt(0, MIDNIGHT)]);
    expect((await openArchive(dir)).schemas).toEqual(new Map([[7, '{"schema":7}']]));
  });

  it('refuses a record that is there already', async () => {
    await write([recordAt(0, MIDNIGHT), recordAt(1, MIDNIGHT)]);
    await expect(write([recordAt(1, MIDNIGHT)])).rejects.toThrow(/archived up to offset 2: 1 is there already/);
  });

  it('is not read where two files have the same offset', async () => {
    await write([recordAt(0, MIDNIGHT), recordAt(1, MIDNIGHT)]);
    const folder = join(dir, `topic=${TOPIC}`, 'date=2026-02-03');
    await copyFile(join(folder, '0-0-1.parquet'), join(folder, '0-1-2.parquet'));
    await expect(openArchive(dir)).rejects.toThrow(/0-0-1.parquet and .*0-1-2.parquet have offsets in common/);
  });

  it('says where offsets are missing', async () => {
    await write([recordAt(0, MIDNIGHT), recordAt(1, MIDNIGHT)]);
    const folder = join(dir, `topic=${TOPIC}`, 'date=2026-02-03');
    await copyFile(join(folder, '0-0-1.parquet'), join(folder, '0-9-10.parquet'));
    expect((await openArchive(dir)).index.gaps).toEqual([{ topic: TOPIC, partition: 0, from: 2, to: 9 }]);
  });

  it('names a folder that is no archive', async () => {
    await expect(openArchive(dir)).rejects.toThrow(`${dir} is no archive`);
  });
});
