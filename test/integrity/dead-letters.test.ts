import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { partitionOf } from '@holdfast/engine';
import { createEncoder, type Encoder, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createSchemaRegistry, ensureTopics } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, stackEnvironment } from '../../infra/stack/index.mjs';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { sendForeign } from './foreign-producer.ts';
import { CLIENT_ID, type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { BESIDE_OTHERS, judge } from './judgement.ts';
import type { Told } from './population.ts';
import { metricOf } from './worker-pages.ts';

const run = promisify(execFile);
const HOLDFAST = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
const FOREIGN_LETTERS = 'billing.usage.DLT';
const FUTURE_TOLERANCE_MS = 5 * 60_000;
/** Long enough that no slow start of a process makes the record acceptable before it is read. */
const TOO_EARLY_BY_MS = 15_000;
const CUT_BYTES = 950_000;

interface Listed {
  readonly letter: string;
  readonly reason: string;
  readonly attempt: number;
  readonly isReplayed: boolean;
  readonly valueBytes: number;
}

interface Report {
  readonly letters: readonly { readonly id: string; readonly attempt: number }[];
  readonly alreadyReplayed: number;
  readonly refused: readonly unknown[];
}

let stack: Stack;
let system: System;
let view: InstallationView;
let rules: Rules;
let encoder: Encoder;
let workerPort: number;

const id = `c${randomUUID().slice(0, 8)}`;
const foreignId = `c${randomUUID().slice(0, 8)}`;
let occurredAt = 0;

const usage = (customerId: string, atMs: number): Buffer =>
  encoder.encode({
    type: 'UsageRecorded',
    eventId: randomUUID(),
    source: 'billing',
    occurredAt: atMs,
    customerId,
    subscriptionId: 'line-1',
    kind: 'VOICE',
    durationSeconds: 60,
  } as Told);

const place = (customerId: string) => ({
  topic: INPUT_TOPICS.usage,
  partition: partitionOf(Buffer.from(customerId), PARTITIONS),
  key: Buffer.from(customerId),
});

/** Runs `holdfast dead-letters` as an operator would. */
async function deadLetters<T>(...args: readonly string[]): Promise<T> {
  const env = { PATH: process.env.PATH, ...stackEnvironment(stack) };
  const { stdout } = await run(process.execPath, [HOLDFAST, 'dead-letters', ...args, '--json'], { env });
  return JSON.parse(stdout) as T;
}

const list = async (...args: readonly string[]) =>
  (await deadLetters<{ deadLetters: Listed[] }>('list', ...args)).deadLetters;
const replay = (...args: readonly string[]) => deadLetters<Report>('replay', ...args);

async function evidenceAtRest(): Promise<Evidence> {
  await view.atRest(60_000);
  return gatherEvidence(view, rules);
}

const stateOf = (evidence: Evidence, customerId: string) =>
  evidence.shards.map(({ stored }) => stored.states.get(customerId)).find((state) => state !== undefined);

const outcomes = (outcome: string) => metricOf(workerPort, 'holdfast_records_total', `outcome="${outcome}"`);

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, { workers: 0, partitions: PARTITIONS });
  workerPort = (await system.startWorker('first', { HOLDFAST_JOURNAL: 'on' })).port;
  view = viewInstallation(system.addresses);
  rules = await createRules(stack.registryUrl);
  encoder = createEncoder(await createSchemaRegistry({ url: stack.registryUrl }).idsOf(schemaTable()));
  occurredAt = Date.now() + FUTURE_TOLERANCE_MS + TOO_EARLY_BY_MS;
  await sendForeign(stack.brokers, [
    { ...place(id), value: usage(id, occurredAt), headers: { origin: 'mediation-7' } },
    { ...place(id), value: Buffer.from('{"this":"is JSON"}') },
    { ...place(id), value: Buffer.alloc(CUT_BYTES, 7) },
  ]);
  await view.atRest(60_000);
});
afterAll(async () => {
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

describe('dead letters', () => {
  it('are listed by reason, topic, time and the source of the event', async () => {
    const reasons = async (...args: readonly string[]) => (await list(...args)).map(({ reason }) => reason).sort();
    expect(await reasons()).toEqual(['future', 'too-large', 'wrong-magic']);
    expect(await reasons('--reason', 'future', '--reason', 'too-large')).toEqual(['future', 'too-large']);
    expect(await reasons('--source', 'billing')).toEqual(['future']);
    expect(await reasons('--topic', INPUT_TOPICS.churn)).toEqual([]);
    expect(await reasons('--from', '1h', '--topic', INPUT_TOPICS.usage)).toHaveLength(3);
    expect(await reasons('--to', '1h')).toEqual([]);
  });

  it('are shown with what to do, and with the customer only when that is asked for', async () => {
    const [letter] = await list('--reason', 'future');
    const shown = (...args: readonly string[]) => deadLetters<object>('show', letter?.letter ?? '', ...args);
    const plain = await shown();
    expect(plain).toMatchObject({ reason: 'future', attempt: 1, value: { type: 'UsageRecorded', source: 'billing' } });
    expect(JSON.stringify(plain)).not.toContain(id);
    expect(await shown('--personal')).toMatchObject({ key: id, value: { customerId: id, occurredAt } });
  });

  it('are not replayed by a dry run', async () => {
    const before = await view.folded();
    expect((await replay('--dry-run')).letters).toHaveLength(3);
    await view.atRest(30_000);
    expect(await view.folded()).toBe(before);
    expect((await list()).filter(({ isReplayed }) => isReplayed)).toEqual([]);
  });

  it('that can be folded by now are folded once, however often they are replayed', async () => {
    await eventually(
      'the time from which on the event may be folded',
      () => {
        if (Date.now() <= occurredAt - FUTURE_TOLERANCE_MS) throw new Error('it has not come');
      },
      { withinMs: TOO_EARLY_BY_MS + 5_000 },
    );
    expect(stateOf(await evidenceAtRest(), id)).toBeUndefined();
    expect((await replay('--reason', 'future')).letters).toMatchObject([{ attempt: 2 }]);
    const once = await evidenceAtRest();
    expect(stateOf(once, id)).toBeDefined();
    expect(await outcomes('folded')).toBe(1);

    expect(await replay('--reason', 'future')).toMatchObject({ letters: [], alreadyReplayed: 1 });
    expect((await replay('--reason', 'future', '--again')).letters).toHaveLength(1);
    const twice = await evidenceAtRest();
    expect(await outcomes('duplicate')).toBe(1);
    expect(stateOf(twice, id)).toEqual(stateOf(once, id));
    expect(await judge(twice, rules, BESIDE_OTHERS)).toEqual({});
  });

  it('that fail again come back with their attempt; a cut one was replayed whole, from its original record', async () => {
    const report = await replay('--rate', '50');
    expect(report).toMatchObject({ alreadyReplayed: 1, refused: [] });
    expect(report.letters).toHaveLength(2);
    await view.atRest(60_000);
    const letters = await list();
    const told = letters.map(({ reason, attempt, isReplayed }) => `${reason} ${attempt} ${isReplayed}`).sort();
    expect(told).toEqual([
      'future 1 true',
      'too-large 1 true',
      'too-large 2 false',
      'wrong-magic 1 true',
      'wrong-magic 2 false',
    ]);
    const again = letters.find(({ reason, attempt }) => reason === 'too-large' && attempt === 2);
    const shown = await deadLetters<object>('show', again?.letter ?? '');
    expect(shown).toMatchObject({ cutFromBytes: CUT_BYTES });
    expect(await judge(await evidenceAtRest(), rules, BESIDE_OTHERS)).toEqual({});
  });

  it("of Spring's publisher are read from their own topic and folded from ours", async () => {
    const plan = { brokers: stack.brokers, clientId: CLIENT_ID, partitions: 1, replicationFactor: 1 };
    await ensureTopics({ ...plan, topics: [FOREIGN_LETTERS] });
    await sendForeign(stack.brokers, [
      {
        topic: FOREIGN_LETTERS,
        partition: 0,
        key: Buffer.from(foreignId),
        value: usage(foreignId, Date.now()),
        headers: {
          'kafka_dlt-original-topic': INPUT_TOPICS.usage,
          // Partition 0 and offset 5, as Java writes an int and a long.
          'kafka_dlt-original-partition': '\0\0\0\0',
          'kafka_dlt-original-offset': '\0\0\0\0\0\0\0\u0005',
          'kafka_dlt-exception-fqcn': 'java.lang.IllegalStateException',
        },
      },
    ]);
    const from = ['--dead-letter-topic', FOREIGN_LETTERS] as const;
    expect(await list(...from)).toMatchObject([{ reason: 'java.lang.IllegalStateException', partition: 0, offset: 5 }]);
    expect((await replay(...from)).letters).toHaveLength(1);
    expect(stateOf(await evidenceAtRest(), foreignId)).toBeDefined();
    expect(await replay(...from)).toMatchObject({ letters: [], alreadyReplayed: 1 });
  });
});
