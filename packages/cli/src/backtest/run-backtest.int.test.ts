import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchiveWriter } from '@holdfast/archive';
import { type LogRecord, partitionOf } from '@holdfast/engine';
import { CONTROL_TOPIC, createEncoder, type Event, type EventInput, schemaEntry, schemaTable } from '@holdfast/events';
import { createCustomerSeal, createEventProducer, createSchemaRegistry, ensureTopics } from '@holdfast/kafka';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { BUCKET, type S3Server, s3Environment, startS3Server, whyNoS3Server } from '../../../archive/test/s3-server.ts';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';
import { type BacktestPlan, runBacktest } from './run-backtest.ts';

const PARTITIONS = 8;
const KEY = 'a secret that is long enough to be one';
const FROM = Date.UTC(2018, 3, 1);
const TO = Date.UTC(2018, 4, 1);
const IDS = Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1]));
const encoder = createEncoder(IDS);
const quiet = { progress: () => undefined, note: () => undefined };
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-backtest-int-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** An archive of these events as if each had been appended when it happened. */
async function archiveOf(
  name: string,
  events: readonly EventInput[],
  more: readonly LogRecord[] = [],
): Promise<string> {
  const location = name.startsWith('s3:') ? name : join(dir, name);
  const schemaText = async (id: number) => JSON.stringify(schemaTable()[id - 1]?.schema);
  const identity = { clusterId: 'recorded', partitions: PARTITIONS };
  const writer = await openArchiveWriter(
    { location, identity, isPathStyle: true },
    { decode: () => undefined, schemaText },
  );
  const offsets = new Map<string, number>();
  for (const event of [...events].sort((a, b) => a.occurredAt - b.occurredAt)) {
    const topic = schemaEntry(event.type)?.topic ?? '';
    const key = Buffer.from(event.customerId);
    const partition = partitionOf(key, PARTITIONS);
    const place = `${topic}/${partition}`;
    const offset = offsets.get(place) ?? 0;
    offsets.set(place, offset + 1);
    const value = encoder.encode(event);
    await writer.append({ topic, partition, offset, appendTime: event.occurredAt, key, value, headers: {} });
  }
  for (const record of more) await writer.append(record);
  await writer.flush();
  await writer.close();
  return location;
}

const planOf = (archive: string, more: Partial<BacktestPlan> = {}): BacktestPlan => ({
  policies: [DEFAULT_POLICY_DIR],
  addresses: () => Promise.reject(new Error('no installation is needed for a folder')),
  campaigns: [],
  window: { fromMs: FROM, toMs: TO },
  sample: { perTrigger: 1, seed: 1 },
  isPersonal: false,
  source: { archive },
  erasureKey: KEY,
  ...more,
});

const asking = (customerId: string, occurredAt: number): Event => ({
  type: 'SuspensionRequested',
  eventId: `ask-${customerId}`,
  source: 'care',
  occurredAt,
  customerId,
  subscriptionId: 'line-1',
  requestId: `r-${customerId}`,
  reason: 'too expensive',
  channel: 'online',
  effectiveAt: null,
});
const ASKERS = Array.from({ length: 40 }, (_, index) => asking(`customer-${index}`, FROM + index * 60_000));

describe('a backtest of an archive', () => {
  let archive = '';
  beforeAll(async () => {
    archive = await archiveOf('askers', ASKERS);
  });

  it('says what would have fired, from the command line, and touches no stack', async () => {
    const text = { out: '', err: '' };
    const output = { out: (more: string) => (text.out += more), err: (more: string) => (text.err += more) };
    const words = [
      'backtest',
      '--policy',
      DEFAULT_POLICY_DIR,
      '--from',
      '2018-04-01',
      '--to',
      '2018-05-01',
      '--archive',
      archive,
    ];
    expect(await runProgram(COMMANDS, [...words, '--json'], output), text.err).toBe(0);
    const report = JSON.parse(text.out);
    expect(report).toMatchObject({ events: 40, customers: 40, policy: { decisions: 40 } });
    expect(report.policy.triggers).toContainEqual(
      expect.objectContaining({ trigger: 'suspension_requested', fired: 40 }),
    );
    text.out = '';
    expect(await runProgram(COMMANDS, words, output)).toBe(0);
    expect(text.out).toMatch(/^suspension_requested +40 +40/m);
  });

  it('reports the same, byte for byte, in one process or three, also while another one runs', async () => {
    const runs = [1, 3, 3].map((processes) => runBacktest(planOf(archive, { processes }), quiet));
    const [one, three, again] = (await Promise.all(runs)).map((report) => JSON.stringify(report));
    expect(three).toBe(one);
    expect(again).toBe(one);
  });

  it('leaves out who was erased, wherever in the log the erasure is', async () => {
    const customerId = 'customer-7';
    const partition = partitionOf(Buffer.from(customerId), PARTITIONS);
    const erasure = createCustomerSeal(KEY).seal(customerId);
    const at = { topic: CONTROL_TOPIC, partition, offset: 0, appendTime: TO + 86_400_000 };
    const erased = await archiveOf('erased', ASKERS, [{ ...erasure, ...at }]);
    const report = await runBacktest(planOf(erased, { isPersonal: true, sample: { perTrigger: 100, seed: 1 } }), quiet);
    expect(report.policy.decisions).toBe(39);
    expect(report.samples.map(({ customer }) => customer)).not.toContain(customerId);
    await expect(runBacktest(planOf(erased, { erasureKey: undefined }), quiet)).rejects.toThrow(/HOLDFAST_ERASURE_KEY/);
  });

  it.each([
    ['a folder that is no archive', { source: { archive: '/nowhere/at/all' } }, /no archive/],
    ['a campaign that is not there', { campaigns: ['nobody'] }, /no campaign nobody/],
    ['a time of which nothing is recorded', { window: { fromMs: 0, toMs: 1 } }, /nothing is recorded/],
    ['a window without a width', { window: { fromMs: TO, toMs: TO } }, /--from is not before --to/],
    ['a policy that cannot be read', { policies: ['/nowhere/at/all'] }, /no folder and no version/],
  ])('names %s', async (_, wrong, expected) => {
    await expect(runBacktest(planOf(archive, wrong), quiet)).rejects.toThrow(expected);
  });
});

describe.skipIf(whyNoS3Server())('a backtest of an archive in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    for (const [name, value] of Object.entries(s3Environment(server.port))) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.stop();
  });

  it('reports what one of a folder does; its processes find the bucket by the same environment', async () => {
    const folder = await archiveOf('copied', ASKERS);
    const source = { archive: await archiveOf(`s3://${BUCKET}/askers`, ASKERS), place: { isPathStyle: true } };
    const report = await runBacktest({ ...planOf(''), source, processes: 2 }, quiet);
    expect(report).toEqual(await runBacktest(planOf(folder), quiet));
  });
});

describe('a backtest of the log itself', () => {
  it('reads what Kafka still has, and leaves nothing behind', async () => {
    const { brokers, registryUrl } = inject('stack');
    const client = { brokers, clientId: 'backtest-int' };
    await ensureTopics({ ...client, partitions: PARTITIONS, replicationFactor: 1 });
    const registry = createSchemaRegistry({ url: registryUrl });
    const producer = createEventProducer(client, { encoder: createEncoder(await registry.registerAll(schemaTable())) });
    const fromMs = Date.now();
    const run = randomUUID();
    const told = await producer.send(Array.from({ length: 30 }, (_, index) => asking(`log-${index}-${run}`, fromMs)));
    await producer.close();
    registry.close();
    const window = { fromMs: fromMs - 1_000, toMs: Date.now() + 60_000 };
    const source = { log: { brokers, registryUrl } };
    const sample = { perTrigger: 10_000, seed: 1 };
    const report = await runBacktest({ ...planOf(''), window, source, sample, isPersonal: true }, quiet);
    // Other files of tests write to the same log: their customers are asked to decide about as well.
    const ours = ({ samples }: typeof report) => samples.filter(({ customer }) => customer?.endsWith(run));
    expect(ours(report)).toHaveLength(30);
    const places = told.flatMap((outcome) => (outcome.kind === 'accepted' ? outcome.place : []));
    places.sort((a, b) => a.offset - b.offset);
    const fromOffsets = new Map(places.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    const fromOurNewest = { log: { ...source.log, fromOffsets } };
    const newest = await runBacktest({ ...planOf(''), window, source: fromOurNewest, sample, isPersonal: true }, quiet);
    expect(ours(newest)).toHaveLength(fromOffsets.size);
  });

  it('refuses an offset of what no backtest reads', async () => {
    let said = '';
    const output = { out: () => undefined, err: (text: string) => (said += text) };
    const words = [
      'backtest',
      '--policy',
      DEFAULT_POLICY_DIR,
      '--from',
      '1d',
      '--from-offset',
      'holdfast.audit.v1/0@5',
    ];
    expect(await runProgram(COMMANDS, words, output)).not.toBe(0);
    expect(said).toContain('topic/partition@offset is expected');
  });
});
