import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, truncate } from 'node:fs/promises';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '@holdfast/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CuttingProxy, createCuttingProxy } from '../test/cutting-proxy.ts';
import { BUCKET, type S3Server, s3Environment, startS3Server, whyNoS3Server } from '../test/s3-server.ts';
import { openPlace } from './archive-place.ts';
import { openArchive } from './archive-reader.ts';
import { openArchiveWriter } from './archive-writer.ts';

const TOPIC = 'telecom.usage.v1';
const IDENTITY = { clusterId: 'c', partitions: 1 };
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 1, 3);
const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const PATH_STYLE = { isPathStyle: true };
const missing = whyNoS3Server();
if (missing) console.warn(missing);
let server: S3Server;
let proxy: CuttingProxy;
let location = '';

/** Values nobody can press together: a file is as large as they are. */
const recordAt = (offset: number, valueBytes = 40): LogRecord => ({
  topic: TOPIC,
  partition: 0,
  offset,
  appendTime: START + Math.floor(offset / 10) * DAY_MS,
  key: Buffer.from(`k${offset}`),
  value: randomBytes(valueBytes),
  headers: offset % 3 === 0 ? { 'x-kind': Buffer.from([offset]) } : {},
});
const recordsOf = (from: number, to: number, valueBytes?: number) =>
  Array.from({ length: to - from }, (_, index) => recordAt(from + index, valueBytes));

async function write(records: readonly LogRecord[], at = location) {
  const deps = { decode: () => undefined, schemaText: async () => undefined };
  const writer = await openArchiveWriter({ location: at, identity: IDENTITY, ...PATH_STYLE }, deps);
  try {
    for (const record of records) await writer.append(record);
    return await writer.flush();
  } finally {
    await writer.close();
  }
}

async function read(at = location): Promise<LogRecord[]> {
  const archive = await openArchive(at, PATH_STYLE);
  try {
    const records: LogRecord[] = [];
    for await (const stretch of archive.read(TOPIC, 0, EVER)) records.push(...stretch);
    return records;
  } finally {
    await archive.close();
  }
}

/** What anybody sees of the archive who looks into the bucket now. */
async function seen(): Promise<string[]> {
  const place = await openPlace(location, PATH_STYLE);
  const paths = await place.paths();
  await place.close();
  return paths.filter((path) => path.endsWith('.parquet')).sort();
}

const folderOf = (...path: readonly string[]) => join(server.folder, location.slice(`s3://${BUCKET}/`.length), ...path);
const through = (port: number) => vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${port}`);

/** A server that has these names in one listing, so many in an answer. */
async function createPages(pages: readonly (readonly string[])[]) {
  const pageOf = (token: number) => {
    const keys = pages[token]?.map((path) => `<Contents><Key>of/events/${path}</Key></Contents>`).join('');
    const isMore = token + 1 < pages.length;
    const next = isMore ? `<NextContinuationToken>${token + 1}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${isMore}</IsTruncated>${keys}${next}</ListBucketResult>`;
  };
  const pageServer = createServer(({ url = '' }, answer) => {
    const { searchParams } = new URL(url, 'http://pages');
    answer.end(pageOf(Number(searchParams.get('continuation-token') ?? 0)));
  });
  pageServer.listen(0, '127.0.0.1');
  await once(pageServer, 'listening');
  const address = pageServer.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    async close() {
      pageServer.close();
      await once(pageServer, 'close');
    },
  };
}

describe.skipIf(missing)('an archive in a bucket', () => {
  beforeAll(async () => {
    server = await startS3Server();
    proxy = await createCuttingProxy(server.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.stop();
  });
  beforeEach(() => {
    location = `s3://${BUCKET}/${randomUUID()}/of/events`;
    for (const [name, value] of Object.entries(s3Environment(server.port))) vi.stubEnv(name, value);
  });
  afterEach(() => {
    proxy.pass();
    vi.unstubAllEnvs();
  });

  it('has every record byte for byte in files named by their offsets, and goes on behind them', async () => {
    const [early, late] = [recordsOf(0, 13), recordsOf(13, 25)];
    await write(early);
    await write(late);
    expect(await read()).toEqual([...early, ...late]);
    expect(await seen()).toEqual([
      `topic=${TOPIC}/date=2026-02-03/0-0-9.parquet`,
      `topic=${TOPIC}/date=2026-02-04/0-10-12.parquet`,
      `topic=${TOPIC}/date=2026-02-04/0-13-19.parquet`,
      `topic=${TOPIC}/date=2026-02-05/0-20-24.parquet`,
    ]);
  });

  it('lists names that come in several answers', async () => {
    const pages = await createPages([['archive.json', 'schemas/1.avsc'], ['schemas/2.avsc']]);
    through(pages.port);
    const place = await openPlace('s3://paged/of/events', PATH_STYLE);
    expect(await place.paths()).toEqual(['archive.json', 'schemas/1.avsc', 'schemas/2.avsc']);
    await place.close();
    await pages.close();
  });

  it('is written by one process at a time, and taken over from one of this machine that is gone', async () => {
    const records = recordsOf(0, 5);
    await write(records);
    const place = await openPlace(location, PATH_STYLE);
    await place.createText('.writer', 'elsewhere 17');
    await expect(write([recordAt(5)])).rejects.toThrow(/process 17 on elsewhere writes to this archive.*s3:.*\.writer/);
    await place.writeText('.writer', `${hostname()} 999999999 gone`);
    await place.close();
    const more = recordAt(5);
    await write([more]);
    expect(await read()).toEqual([...records, more]);
  });

  it('keeps a name that another writer took meanwhile', async () => {
    const place = await openPlace(location, PATH_STYLE);
    const deps = { decode: () => undefined, schemaText: async () => undefined };
    const writer = await openArchiveWriter({ location, identity: IDENTITY, ...PATH_STYLE }, deps);
    await writer.append(recordAt(0));
    await place.createText(`topic=${TOPIC}/date=2026-02-03/0-0-0.parquet`, 'of another');
    await expect(writer.flush()).rejects.toThrow(/0-0-0.parquet is there already: another process wrote it/);
    await writer.close();
    expect(await place.readText(`topic=${TOPIC}/date=2026-02-03/0-0-0.parquet`)).toBe('of another');
    await place.close();
  });

  it('shows no half file when the network breaks in the middle of one, and has each record once after going on', async () => {
    const records = recordsOf(0, 20, 40_000);
    through(proxy.port);
    await write(records.slice(0, 10));
    proxy.cutAfter(100_000, 'request');
    await expect(write(records.slice(10))).rejects.toThrow(/did not answer to the end; what was finished stays/);
    expect(proxy.cuts).toBeGreaterThan(1);
    proxy.pass();
    expect(await seen()).toEqual([`topic=${TOPIC}/date=2026-02-03/0-0-9.parquet`]);
    await write(records.slice(10));
    expect(await read()).toEqual(records);
  });

  it('takes a file for its own whose answer was lost', async () => {
    const records = recordsOf(0, 10, 40_000);
    through(proxy.port);
    const deps = { decode: () => undefined, schemaText: async () => undefined };
    const writer = await openArchiveWriter({ location, identity: IDENTITY, ...PATH_STYLE }, deps);
    for (const record of records) await writer.append(record);
    proxy.cutAfter(0, 'reply', 1);
    expect(await writer.flush()).toHaveLength(1);
    expect(proxy.cuts).toBeGreaterThan(0);
    await writer.close();
    expect(await read()).toEqual(records);
  });

  it('is read on when an answer breaks off, and said to be out of reach when that goes on', async () => {
    const records = recordsOf(0, 10, 40_000);
    await write(records);
    through(proxy.port);
    const archive = await openArchive(location, PATH_STYLE);
    const readAll = async () => {
      const records: LogRecord[] = [];
      for await (const stretch of archive.read(TOPIC, 0, EVER)) records.push(...stretch);
      return records;
    };
    proxy.cutAfter(100_000, 'reply', 1);
    expect(await readAll()).toEqual(records);
    proxy.cutAfter(100_000, 'reply');
    await expect(readAll()).rejects.toThrow(/did not answer to the end/);
    proxy.pass();
    expect(await readAll()).toEqual(records);
    await archive.close();
  });

  it('is not read where a file is not what was written', async () => {
    await write(recordsOf(0, 10));
    await truncate(join(folderOf(`topic=${TOPIC}`, 'date=2026-02-03'), '0-0-9.parquet'), 100);
    await expect(read()).rejects.toThrow(/s3:.*0-0-9.parquet is not what was written/);
  });

  it('leaves no copy on this machine', async () => {
    await write(recordsOf(0, 10));
    const archive = await openArchive(location, { ...PATH_STYLE, scratchDir: server.folder });
    const before = (await readdir(server.folder)).length;
    const stretches = archive.read(TOPIC, 0, EVER);
    await stretches.next();
    expect(await readdir(server.folder)).toHaveLength(before + 1);
    await stretches.return();
    expect(await readdir(server.folder)).toHaveLength(before);
    await archive.close();
  });

  it.each([
    ['a bucket that is not there', {}, 's3://no-such-bucket/x', /there is no bucket no-such-bucket/],
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'another' }, '', /does not let us; the key needs s3:ListBucket/],
    ['no credentials', { AWS_ACCESS_KEY_ID: '' }, '', /no credentials; set AWS_ACCESS_KEY_ID/],
    ['no region', { AWS_REGION: '' }, '', /set AWS_REGION/],
    ['no server', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, '', /did not answer.*ECONNREFUSED/],
    ['an address that is none', {}, 's3://Not_A_Bucket/x', /s3:\/\/bucket\/prefix is expected/],
  ])('names %s', async (_, environment, at, expected) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await expect(write([recordAt(0)], at || location)).rejects.toThrow(expected);
  });
});
