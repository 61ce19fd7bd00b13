import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceProcess } from '@holdfast/cli';
import { type LogRecord, partitionOf } from '@holdfast/engine';
import {
  CUSTOMER_INPUTS,
  createEncoder,
  DEAD_LETTER_TOPIC,
  DECISION_TOPIC,
  type Encoder,
  INPUT_TOPICS,
  schemaTable,
} from '@holdfast/events';
import { createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisCall } from '../../infra/stack/index.mjs';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { type ForeignRecord, growTopics, librdkafkaPartition, sendForeign } from './foreign-producer.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { BESIDE_OTHERS, faultOf, judge } from './judgement.ts';
import { populationEvents, type Told } from './population.ts';
import { openProducer, sendAll } from './steady-stream.ts';
import { metricOf, readinessOf } from './worker-pages.ts';

let stack: Stack;
let system: System;
let view: InstallationView;
let rules: Rules;
let producer: EventProducer;
let encoder: Encoder;
let worker: ServiceProcess;

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
  });
  view = viewInstallation(system.addresses);
  rules = await createRules(stack.registryUrl);
  producer = await openProducer(stack);
  encoder = createEncoder(await createSchemaRegistry({ url: stack.registryUrl }).idsOf(schemaTable()));
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

const HOUR_MS = 3_600_000;

const newId = () => `c${randomUUID().slice(0, 8)}`;

function events(customers: number): Told[] {
  return populationEvents({ customers, prefix: newId(), nowMs: Date.now(), random: Math.random });
}

async function evidenceAtRest(): Promise<Evidence> {
  await view.atRest(60_000);
  return gatherEvidence(view, rules);
}

describe('a worker refuses to start, and says why,', () => {
  const configure = (name: string, value: string) =>
    redisCall(Number(new URL(stack.redisUrl).port), ['CONFIG', 'SET', name, value]);

  it('on a policy with a typo: file, line, and what was probably meant', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
    cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
    const file = join(dir, 'triggers.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('crossed(data_share_used', 'crossed(data_share_usd'));
    const started = system.startWorker('typo', { HOLDFAST_POLICY_DIR: dir });
    await expect(started).rejects.toThrow(
      /worker ended with 78 .*triggers\.yaml:4:\d+ error: .*data_share_usd.*did you mean \\"data_share_used\\"\?/s,
    );
    rmSync(dir, { recursive: true });
  });

  it.each([
    ['that may evict profiles', 'maxmemory-policy', 'allkeys-lru', 'noeviction', /maxmemory-policy is allkeys-lru/],
    ['without an append-only file', 'appendonly', 'no', 'yes', /append-only file is off/],
  ])('on a Redis %s', async (_, setting, bad, good, words) => {
    await configure(setting, bad);
    try {
      const started = system.startWorker(`unfit-${setting}`);
      await expect(started).rejects.toThrow(/worker ended with 1 /);
      await expect(started).rejects.toThrow(words);
    } finally {
      await configure(setting, good);
    }
  });
});

describe('without its schema registry', () => {
  it('a running worker waits at records of a new schema, a starting one at its start; then both go on', async () => {
    worker = await system.startWorker('first');
    const all = events(40);
    const first = all.filter(({ type }) => type === 'CustomerRegistered');
    await sendAll(producer, first);
    await view.atRest(30_000);
    const before = await view.folded();
    await stack.registry.stop();
    await sendAll(
      producer,
      all.filter(({ type }) => type !== 'CustomerRegistered'),
    );
    const starting = system.startWorker('second');
    starting.catch(() => undefined);
    try {
      await eventually('the running worker says that it waits', async () => {
        expect(await metricOf(worker.port, 'holdfast_troubles_total', 'code="registry"')).toBeGreaterThan(0);
      });
      await eventually('the starting worker says that it waits', () => {
        expect(readFileSync(join(system.logDir, 'second.log'), 'utf8')).toMatch(/"schema registry".*is not there yet/);
      });
      expect(await view.folded()).toBe(before);
      expect((await readinessOf(worker.port)).status).toBe(200);
    } finally {
      await stack.registry.start();
    }
    await (await starting).stop();
    const evidence = await evidenceAtRest();
    expect(await judge(evidence, rules, BESIDE_OTHERS)).toEqual({});
    // Stories repeat events of weeks ago, which nobody can tell apart any more.
    const others = evidence.deadLetters.filter(({ key }) => key !== null).map(faultOf);
    expect(others.filter((fault) => !fault.endsWith(' late'))).toEqual([]);
  });
});

describe('records nobody can fold', () => {
  const usage = (customerId: string, more: Partial<Told> = {}): Buffer =>
    encoder.encode({
      type: 'UsageRecorded',
      eventId: randomUUID(),
      source: 'billing',
      occurredAt: Date.now(),
      customerId,
      subscriptionId: 'line-1',
      kind: 'VOICE',
      durationSeconds: 60,
      ...more,
    } as Told);

  const home = (id: string) => partitionOf(Buffer.from(id), PARTITIONS);

  /** A record of a customer at home, apart from what is wrong with it. */
  const record = (id: string, wrong: Partial<ForeignRecord>): ForeignRecord => ({
    topic: INPUT_TOPICS.usage,
    partition: home(id),
    key: Buffer.from(id),
    value: usage(id),
    headers: { origin: 'mediation-7' },
    ...wrong,
  });

  const wireHeader = (schemaId: number) => {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(schemaId, 1);
    return header;
  };

  const wrongs: readonly (readonly [code: string, wrong: (id: string) => Partial<ForeignRecord>])[] = [
    ['wrong-magic', () => ({ value: Buffer.from('{"this":"is JSON"}') })],
    ['truncated', (id) => ({ value: usage(id).subarray(0, 30) })],
    ['unknown-schema-id', (id) => ({ value: Buffer.concat([wireHeader(999_999), usage(id).subarray(5)]) })],
    ['no-key', () => ({ key: null })],
    ['key-mismatch', () => ({ value: usage(newId()) })],
    ['no-value', () => ({ value: null })],
    ['future', (id) => ({ value: usage(id, { occurredAt: Date.now() + HOUR_MS }) })],
    ['too-large', () => ({ value: Buffer.alloc(300 * 1024, 7) })],
  ];
  let sent: ReadonlyMap<string, ForeignRecord>;
  let evidence: Evidence;
  beforeAll(async () => {
    sent = new Map(
      wrongs.map(([code, wrong]) => {
        const id = newId();
        return [code, record(id, wrong(id))];
      }),
    );
    // A sound record of the same partition before and after each: the stream goes on.
    const around = (bad: ForeignRecord) => {
      const id = newId();
      return [record(id, { partition: home(id) }), bad, record(id, { partition: home(id) })];
    };
    await sendForeign(stack.brokers, [...sent.values()].flatMap(around));
    evidence = await evidenceAtRest();
  });

  it('do not stop the others, and leave nothing behind in the profiles', async () => {
    expect(await judge(evidence, rules, BESIDE_OTHERS)).toEqual({});
    expect(evidence.deadLetters.filter(({ headers }) => headers.origin)).toHaveLength(wrongs.length);
  });

  it.each(wrongs)('go to the dead letters as they came, with their coordinates, and are counted: %s', async (code) => {
    const bad = sent.get(code);
    const letter = evidence.deadLetters.find((found) => bad && sameBytes(found, bad));
    if (!bad || !letter) throw new Error('no dead letter has the bytes and the key of the bad record');
    expect(letter.headers.origin?.toString()).toBe('mediation-7');
    expect(faultOf(letter)).toMatch(new RegExp(`^${bad.topic}/${bad.partition}@\\d+ ${code}$`));
    expect(letter.headers['__connect.errors.exception.message']?.toString()).not.toBe('');
    expect(await metricOf(worker.port, 'holdfast_records_total', `outcome="dead-letter:${code}"`)).toBe(1);
  });

  it('on the partition of another partitioner come home, so that nobody has two profiles', async () => {
    const strays = Array.from({ length: 40 }, newId).filter(
      (id) => librdkafkaPartition(Buffer.from(id), PARTITIONS) !== home(id),
    );
    const stray = (id: string) => record(id, { partition: librdkafkaPartition(Buffer.from(id), PARTITIONS) });
    await sendForeign(
      stack.brokers,
      strays.flatMap((id) => [record(id, {}), stray(id)]),
    );
    const after = await evidenceAtRest();
    expect(await judge(after, rules, BESIDE_OTHERS)).toEqual({});
    const profiles = after.shards.flatMap(({ stored }) => [...stored.states.keys()]);
    expect(strays.map((id) => profiles.filter((profile) => profile === id).length)).toEqual(strays.map(() => 1));
    expect(await metricOf(worker.port, 'holdfast_records_total', 'outcome="rerouted"')).toBe(strays.length);
  });

  const sameBytes = (found: LogRecord, sent: ForeignRecord) =>
    Buffer.compare(found.value ?? Buffer.alloc(0), sent.value ?? Buffer.alloc(0)) === 0 &&
    Buffer.compare(found.key ?? Buffer.alloc(0), sent.key ?? Buffer.alloc(0)) === 0;
});

describe('topics that were given more partitions', () => {
  it('are refused by a starting worker: one of them, as unequal; all of them, as not those of the installation', async () => {
    await growTopics(stack.brokers, [INPUT_TOPICS.churn], PARTITIONS + 1);
    await expect(system.startWorker('unequal')).rejects.toThrow(
      /worker ended with 1 .*need equal partition counts: .*telecom\.churn\.v1 has 5/s,
    );
    await worker.stop();
    const others = [...CUSTOMER_INPUTS, DECISION_TOPIC, DEAD_LETTER_TOPIC].filter(
      (topic) => topic !== INPUT_TOPICS.churn,
    );
    await growTopics(stack.brokers, others, PARTITIONS + 1);
    const grown = await system.startWorker('grown');
    await eventually('the shards stop', async () => {
      const { status, text } = await readinessOf(grown.port);
      expect(status).toBe(503);
      expect(text).toContain('stopped: partition-count');
    });
    await eventually('the log says why', () => {
      expect(readFileSync(join(system.logDir, 'grown.log'), 'utf8')).toContain(
        'initialised for 4 partitions, the topics have 5',
      );
    });
  });
});
