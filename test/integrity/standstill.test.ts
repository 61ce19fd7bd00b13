import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '@holdfast/cli';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRules, gatherEvidence } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { judge } from './judgement.ts';
import { populationEvents } from './population.ts';
import { openProducer, sendAll } from './steady-stream.ts';
import { metricOf, readinessOf } from './worker-pages.ts';

/** Longer than the ten seconds after which the group gives the shards of a silent worker away. */
const STOPPED_MS = 14_000;

let stack: Stack;
let system: System;
let view: InstallationView;
let worker: ServiceProcess;

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
  });
  view = viewInstallation(system.addresses);
  worker = await system.startWorker('stopped');
});
afterAll(async () => {
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

it('a worker that was stopped in its tracks sees it, gives its shards up, claims what it gets, and counts nothing twice', async () => {
  const producer = await openProducer(stack);
  const told = () =>
    populationEvents({
      customers: 60,
      prefix: `c${randomUUID().slice(0, 8)}`,
      nowMs: Date.now(),
      random: Math.random,
    });
  await sendAll(producer, told());
  await view.atRest(60_000);
  await eventually('no lag', async () => {
    expect(await metricOf(worker.port, 'kafka_consumergroup_lag', 'topic="telecom.usage.v1",partition="0"')).toBe(0);
  });
  worker.signal('SIGSTOP');
  await sendAll(producer, told());
  await pause(STOPPED_MS);
  worker.signal('SIGCONT');
  await eventually('the standstill is seen', async () => {
    expect(await metricOf(worker.port, 'holdfast_event_loop_stalls_total', '')).toBeGreaterThan(0);
    expect(await metricOf(worker.port, 'holdfast_claims_lost_total', 'reason="unknown"')).toBe(PARTITIONS);
  });
  await eventually('the standstill in the log', () => {
    expect(readFileSync(join(system.logDir, 'stopped.log'), 'utf8')).toMatch(
      /"level":"warn".*"stalledMs":[1-9]\d{4,}.*the event loop stood still/,
    );
  });
  await view.atRest(90_000);
  await producer.close();
  const rules = await createRules(stack.registryUrl);
  expect(await judge(await gatherEvidence(view, rules), rules)).toEqual({});
  expect((await readinessOf(worker.port)).status).toBe(200);
});
