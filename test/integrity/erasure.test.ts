import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServiceProcess } from '@holdfast/cli';
import type { EventProducer } from '@holdfast/kafka';
import { createWorkList, type WorkList } from '@holdfast/redis';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, redisCall, stackEnvironment } from '../../infra/stack/index.mjs';
import { createRules, type Rules, unansweredSilences } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { populationEvents, type Told } from './population.ts';
import { openProducer, sendAll } from './steady-stream.ts';
import { metricOf } from './worker-pages.ts';

const run = promisify(execFile);
const HOLDFAST = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
const BACKUP = 'backup-of:';
const MINUTE_MS = 60_000;
const KEY = randomBytes(32).toString('hex');
/** Their stories are the first of the nine: offers among them. */
const CUSTOMERS = 12;

let stack: Stack;
let system: System;
let view: InstallationView;
let work: WorkList;
let producer: EventProducer;
let worker: ServiceProcess;
let erasedAtMs = 0;
let before: ReadonlyMap<string, Buffer>;

const prefix = `c${randomUUID().slice(0, 8)}`;
const erased = [`${prefix}-0`, `${prefix}-1`];

/** Runs `holdfast customer` as an operator would; answers code and output. */
async function customer(args: readonly string[], key: string | undefined = KEY) {
  const secret = key === undefined ? {} : { HOLDFAST_ERASURE_KEY: key };
  const env = { PATH: process.env.PATH, ...stackEnvironment(stack), ...secret };
  try {
    const { stdout } = await run(process.execPath, [HOLDFAST, 'customer', ...args], { env });
    return { code: 0, text: stdout };
  } catch (error) {
    const { code, stderr } = error as { readonly code: number; readonly stderr: string };
    return { code, text: stderr };
  }
}

const redis = (...words: readonly string[]) => redisCall(Number(new URL(stack.redisUrl).port), [...words]);

async function keysLike(pattern: string): Promise<readonly string[]> {
  return ((await redis('KEYS', pattern)) ?? '').split('\n').filter((key) => key !== '');
}

/** What a backup does to the shards, within the same Redis. */
async function backUp(): Promise<void> {
  for (const key of await keysLike('{customer:*')) await redis('COPY', key, BACKUP + key, 'REPLACE');
}

async function restore(): Promise<void> {
  for (const key of await keysLike('{customer:*')) await redis('DEL', key);
  for (const key of await keysLike(`${BACKUP}*`)) await redis('COPY', key, key.slice(BACKUP.length));
}

/** Resolves when nothing is to come but what is told. */
async function answered(rules: Rules): Promise<void> {
  const check = async () => {
    await view.atRest(MINUTE_MS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const waiting = unansweredSilences(await view.stored(partition, []), rules);
      if (waiting.length > 0) throw new Error(`${waiting.length} are not`);
    }
  };
  await eventually('silences that are over answered', check, { withinMs: MINUTE_MS });
}

async function states(): Promise<ReadonlyMap<string, Buffer>> {
  await view.atRest(MINUTE_MS);
  const all = new Map<string, Buffer>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const [id, bytes] of (await view.stored(partition, [])).states) all.set(id, bytes);
  }
  return all;
}

const without = (all: ReadonlyMap<string, Buffer>) => new Map([...all].filter(([id]) => !erased.includes(id)));

const usage = (customerId: string, occurredAt: number): Told => ({
  type: 'UsageRecorded',
  eventId: randomUUID(),
  source: 'billing',
  occurredAt,
  customerId,
  subscriptionId: 'line-1',
  kind: 'VOICE',
  durationSeconds: 60,
});

const everyonesUse = (occurredAt: number) =>
  Array.from({ length: CUSTOMERS }, (_, i) => usage(`${prefix}-${i}`, occurredAt));

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_ERASURE_KEY: KEY },
  });
  view = viewInstallation(system.addresses);
  work = createWorkList({ url: stack.redisUrl });
  producer = await openProducer(stack);
  worker = await system.startWorker('first');
  const nowMs = Date.now();
  await sendAll(producer, populationEvents({ customers: CUSTOMERS, prefix, nowMs, random: Math.random }));
  // Nobody is silent any more when the backup is made: a silence is looked at in moments that no two folds share.
  await sendAll(producer, everyonesUse(nowMs));
  await answered(await createRules(stack.registryUrl));
  await backUp();
  await sendAll(producer, everyonesUse(nowMs));
  before = await states();
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await work?.close();
  await system?.stop();
  await stack?.stop();
});

/** What people are to do for customers is kept beside the shards. */
async function openFollowUps(customerIds: readonly string[]): Promise<void> {
  for (const customerId of customerIds) {
    const itemId = `follow-up-${customerId}`;
    await work.open({ ...{ itemId, customerId }, kind: 'follow-up', dueAt: Date.now() + MINUTE_MS, priority: 2 });
  }
}

describe('an erased customer', () => {
  it('is not erased without the key, nor with another one', async () => {
    expect(await customer(['erase', `${prefix}-0`, '--yes'], '')).toMatchObject({
      code: 1,
      text: expect.stringContaining('HOLDFAST_ERASURE_KEY is not set'),
    });
    expect(await customer(['erase', `${prefix}-0`])).toMatchObject({ code: 2 });
    expect(before.has(`${prefix}-0`)).toBe(true);
  });

  it('is gone with timers and history, and everybody else is as he was', async () => {
    erasedAtMs = Date.now();
    await openFollowUps([...erased, `${prefix}-2`]);
    for (const id of erased) expect(await customer(['erase', id, '--yes'])).toMatchObject({ code: 0 });
    expect(await states()).toEqual(without(before));
    for (const id of erased) {
      expect(await keysLike(`{customer:*}:*${id}`)).toEqual([]);
      expect((await customer(['show', id])).code).toBe(1);
      expect(await work.read(`follow-up-${id}`)).toBeUndefined();
    }
    expect(await work.read(`follow-up-${prefix}-2`)).toBeDefined();
    const other = await customer(['erase', erased[0] ?? '', '--yes'], randomBytes(32).toString('hex'));
    expect(other.text).toContain('is not the key of this installation');
  });

  it('does not come back by what happened before and arrives later', async () => {
    await sendAll(
      producer,
      erased.map((id) => usage(id, erasedAtMs - MINUTE_MS)),
    );
    expect(await states()).toEqual(without(before));
    expect(await metricOf(worker.port, 'holdfast_records_total', 'outcome="erased"')).toBeGreaterThanOrEqual(2);
  });

  it('does not come back by a backup from before the erasure', async () => {
    await worker.stop();
    await restore();
    for (const id of erased) expect(await keysLike(`{customer:*}:s:${id}`)).toHaveLength(1);
    worker = await system.startWorker('after-restore');
    expect(await states()).toEqual(without(before));
    for (const id of erased) expect(await keysLike(`{customer:*}:*${id}`)).toEqual([]);
  });

  it('is somebody new when he comes back himself', async () => {
    await sendAll(producer, [usage(erased[0] ?? '', Date.now())]);
    const after = await states();
    expect(after.size).toBe(without(before).size + 1);
    expect(after.get(erased[0] ?? '')).not.toEqual(before.get(erased[0] ?? ''));
  });
});
