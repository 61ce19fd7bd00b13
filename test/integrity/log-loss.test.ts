import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceProcess } from '@holdfast/cli';
import { INPUT_TOPICS } from '@holdfast/events';
import { ensureTopics } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteTopic } from './foreign-producer.ts';
import { CLIENT_ID, type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { populationEvents } from './population.ts';
import { openProducer, sendAll } from './steady-stream.ts';
import { metricOf, readinessOf } from './worker-pages.ts';

const TOPIC = INPUT_TOPICS.usage;

let stack: Stack;
let system: System;
let view: InstallationView;
let before: readonly (readonly [string, Buffer])[];

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
  });
  view = viewInstallation(system.addresses);
  const worker = await system.startWorker('before');
  await tell(40);
  await view.atRest(90_000);
  await worker.stop();
  before = await states();
});
afterAll(async () => {
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

/** New producers know the topics as they are now. */
async function tell(customers: number): Promise<void> {
  const producer = await openProducer(stack);
  try {
    const prefix = `c${randomUUID().slice(0, 8)}`;
    await sendAll(producer, populationEvents({ customers, prefix, nowMs: Date.now(), random: Math.random }));
  } finally {
    await producer.close();
  }
}

async function states(): Promise<readonly (readonly [string, Buffer])[]> {
  const shards = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => view.stored(partition, [])));
  return shards.flatMap((stored) => [...stored.states]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every shard stopped for this reason, and says so on readiness, metrics and in the log. */
async function expectStopped(worker: ServiceProcess, label: string, reason: string): Promise<void> {
  await eventually(
    'every shard stopped',
    async () => {
      const stops = await metricOf(worker.port, 'holdfast_shard_stops_total', `reason="${reason}"`);
      if (stops < PARTITIONS) throw new Error(`${stops} are`);
    },
    { withinMs: 60_000 },
  );
  const { status, text } = await readinessOf(worker.port);
  expect(status).toBe(503);
  expect(text).toContain(`stopped: ${reason}`);
  await eventually('the log says so of each', () => {
    const lines = readFileSync(join(system.logDir, `${label}.log`), 'utf8').split('\n');
    const said = lines.filter((line) => line.includes('"msg":"shard stopped"'));
    expect(said.length).toBeGreaterThanOrEqual(PARTITIONS);
    for (const line of said) expect(line).toContain(TOPIC);
  });
  expect(await states()).toEqual(before);
}

describe('a topic that was made anew under its name', () => {
  it('stops the shards while it is shorter than what was folded: nothing of it is taken for the old one', async () => {
    await deleteTopic(stack.brokers, TOPIC);
    await ensureTopics({
      brokers: stack.brokers,
      clientId: CLIENT_ID,
      partitions: PARTITIONS,
      replicationFactor: 1,
      topics: [TOPIC],
    });
    const worker = await system.startWorker('shorter');
    await expectStopped(worker, 'shorter', 'ahead');
    await worker.stop();
  });

  it('stops them too when it has become longer: the record they folded last is another one', async () => {
    // Ten times as many customers: of a few, whose use differs much, a partition may have got fewer records than before.
    await tell(400);
    const worker = await system.startWorker('longer');
    await expectStopped(worker, 'longer', 'log-changed');
    await worker.stop();
  });
});
