import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive, openPlace } from '@holdfast/archive';
import type { LogRecord } from '@holdfast/engine';
import { createOutputLog, ensureTopics, readTopic } from '@holdfast/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { BUCKET, type S3Server, s3Environment, startS3Server, whyNoS3Server } from '../../../archive/test/s3-server.ts';
import { dropRecordsBefore } from '../../../kafka/test/broker.ts';
import { type ArchivePlan, archiveRound } from './archive-round.ts';

const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const quiet = { progress: () => undefined };
const client = { brokers: inject('stack').brokers, clientId: 'archive-int' };
let log: ReturnType<typeof createOutputLog>;
let topic = '';
let dir = '';

beforeEach(async () => {
  log = createOutputLog(client);
  topic = `archive-${randomUUID()}`;
  dir = await mkdtemp(join(tmpdir(), 'holdfast-archive-'));
  await ensureTopics({ ...client, topics: [topic], partitions: 2, replicationFactor: 1 });
});
afterEach(async () => {
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

async function produce(from: number, to: number): Promise<void> {
  for (const partition of [0, 1]) {
    const messages = Array.from({ length: to - from }, (_, index) => ({
      key: index % 7 === 0 ? null : Buffer.from(`k${index}`),
      value: index % 5 === 0 ? null : Buffer.from([0xff, partition, (from + index) % 256]),
      headers: index % 3 === 0 ? { 'x-kind': Buffer.from([index % 256]) } : {},
    }));
    await log.produce(topic, partition, messages);
  }
}

const planOf = (more: Partial<ArchivePlan> = {}): ArchivePlan => {
  const { brokers } = client;
  return {
    brokers,
    registryUrl: inject('stack').registryUrl,
    location: dir,
    topics: [topic],
    acceptGaps: false,
    ...more,
  };
};

async function archived(location = dir): Promise<LogRecord[]> {
  const archive = await openArchive(location, { isPathStyle: true });
  const records: LogRecord[] = [];
  for (const partition of [0, 1]) {
    for await (const stretch of archive.read(topic, partition, EVER)) records.push(...stretch);
  }
  await archive.close();
  return records;
}

async function logged(): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readTopic({ ...client, topic, from: 'beginning' })) records.push(record);
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function filesLeft(ending: string): Promise<string[]> {
  return (await readdir(dir, { recursive: true })).filter((path) => path.endsWith(ending));
}

describe('an archive of a log', () => {
  it('has every record byte for byte, and only what is new in the next round', async () => {
    await produce(0, 100);
    expect(await archiveRound(planOf({ recordsPerFile: 30 }), quiet)).toMatchObject({ records: 200, gaps: [] });
    await produce(100, 130);
    const second = await archiveRound(planOf(), quiet);
    expect(second.records).toBe(60);
    expect(second.files.map(({ first, last }) => [first, last])).toEqual([
      [100, 129],
      [100, 129],
    ]);
    expect(await archived()).toEqual(await logged());
    expect(await archiveRound(planOf(), quiet)).toEqual({ records: 0, files: [], gaps: [] });
  });

  it('goes on after a crash between writing a file and giving it its name: no record is missing or there twice', async () => {
    await produce(0, 100);
    let files = 0;
    const stopping: typeof openPlace = async (location, options) => {
      const place = await openPlace(location, options);
      const publish = async (draft: string, path: string) => {
        files += 1;
        if (files === 3) throw new Error('the machine stopped');
        await place.publish(draft, path);
      };
      return { ...place, publish };
    };
    const failing = archiveRound(planOf({ recordsPerFile: 30 }), { ...quiet, openPlace: stopping });
    await expect(failing).rejects.toThrow('the machine stopped');
    expect(await filesLeft('.tmp')).toHaveLength(1);
    expect(await filesLeft('.parquet')).toHaveLength(2);
    await archiveRound(planOf({ recordsPerFile: 30 }), quiet);
    expect(await filesLeft('.tmp')).toEqual([]);
    expect(await archived()).toEqual(await logged());
  });

  it('refuses to go on behind what retention took, and tells of the gap where that is accepted', async () => {
    await produce(0, 10);
    await archiveRound(planOf(), quiet);
    await produce(10, 30);
    await dropRecordsBefore(topic, 20);
    await expect(archiveRound(planOf(), quiet)).rejects.toThrow(/retention took 10 records before they were archived/);
    const gap = { topic, partition: 0, from: 10, to: 20 };
    expect(await archiveRound(planOf({ acceptGaps: true }), quiet)).toMatchObject({ records: 30, gaps: [gap] });
    expect((await openArchive(dir)).index.gaps).toEqual([gap]);
  });

  it('begins at an append time where it is told to', async () => {
    await produce(0, 20);
    await produce(20, 40);
    const all = await logged();
    const fromMs = all.find(({ offset }) => offset === 20)?.appendTime ?? 0;
    await archiveRound(planOf({ fromMs }), quiet);
    expect(await archived()).toEqual(all.filter(({ appendTime }) => appendTime >= fromMs));
    expect((await openArchive(dir)).index.gaps).toEqual([]);
  });

  it('is written by one process at a time', async () => {
    await produce(0, 10);
    await archiveRound(planOf(), quiet);
    await writeFile(join(dir, '.writer'), 'elsewhere 17');
    await expect(archiveRound(planOf(), quiet)).rejects.toThrow(/process 17 on elsewhere writes to this archive/);
  });

  it('refuses the records of another installation', async () => {
    await produce(0, 10);
    await archiveRound(planOf(), quiet);
    const text = JSON.stringify({ format: 1, clusterId: 'another', partitions: 2 });
    await writeFile(join(dir, 'archive.json'), text);
    await expect(archiveRound(planOf(), quiet)).rejects.toThrow(/holds records of cluster another/);
  });
});

const missing = whyNoS3Server();

describe.skipIf(missing)('an archive of a log in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    for (const [name, value] of Object.entries(s3Environment(server.port))) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.stop();
  });

  it('has every record byte for byte, round after round, and nothing of it lies on this machine', async () => {
    const location = `s3://${BUCKET}/of/events`;
    const plan = planOf({ location, place: { isPathStyle: true, scratchDir: dir } });
    await produce(0, 40);
    expect(await archiveRound(plan, quiet)).toMatchObject({ records: 80, gaps: [] });
    await produce(40, 50);
    expect(await archiveRound(plan, quiet)).toMatchObject({ records: 20, gaps: [] });
    expect(await archived(location)).toEqual(await logged());
    expect(await readdir(dir)).toEqual([]);
  });
});
