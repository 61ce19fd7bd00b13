import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initialise, type ServiceProcess } from '@holdfast/cli';
import type { EventProducer } from '@holdfast/kafka';
import { customerView } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisCall } from '../../infra/stack/index.mjs';
import { createRules, type Evidence, gatherEvidence, type Rules, unansweredSilences } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { BESIDE_OTHERS, judge } from './judgement.ts';
import { populationEvents, type Told } from './population.ts';
import { openProducer, startSteadyStream } from './steady-stream.ts';
import { readinessOf } from './worker-pages.ts';

const CUSTOMERS = 90;
const PER_SECOND = 300;

let stack: Stack;
let system: System;
let view: InstallationView;
let rules: Rules;
let producer: EventProducer;
let worker: ServiceProcess;

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
    // What was sent is remembered elsewhere than the profiles, as it should be: here in another database.
    queueRedisUrl: `${stack.redisUrl}/1`,
  });
  view = viewInstallation(system.addresses);
  rules = await createRules(stack.registryUrl);
  producer = await openProducer(stack);
  worker = await system.startWorker('first');
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

const crowd = () =>
  populationEvents({
    customers: CUSTOMERS,
    prefix: `c${randomUUID().slice(0, 8)}`,
    nowMs: Date.now(),
    random: Math.random,
  });

/**
 * What is known of the customers goes ahead of what happens to them: on a busy machine a live shard folds a topic without
 * waiting for another one, and what follows from the order between topics may differ from a fold of the same log at rest.
 */
async function tellCrowd(): Promise<void> {
  const isOccasion = ({ type }: Told) => type === 'UsageRecorded' || type === 'SuspensionRequested';
  const told = Map.groupBy(crowd(), isOccasion);
  await startSteadyStream(producer, told.get(false) ?? [], PER_SECOND).done;
  await view.atRest(60_000);
  await startSteadyStream(producer, told.get(true) ?? [], PER_SECOND).done;
}

async function evidenceAtRest(): Promise<Evidence> {
  const answered = async () => {
    await view.atRest(60_000);
    const evidence = await gatherEvidence(view, rules);
    const waiting = evidence.shards.flatMap(({ stored }) => unansweredSilences(stored, rules));
    if (waiting.length > 0) throw new Error(`${waiting.length} are not`);
    return evidence;
  };
  return eventually('silences that are over answered', answered, { withinMs: 60_000 });
}

/**
 * Every customer as agents see him, sorted by id, but for the latches: adoption shuts them before the history is folded
 * in which the value comes from below, which opens them again.
 */
function viewsOf({ shards }: Evidence, nowMs: number): readonly object[] {
  const states = shards.flatMap(({ stored }) => [...stored.states]).sort(([a], [b]) => (a < b ? -1 : 1));
  return states.map(([id, bytes]) => {
    const { firings, ...view } = customerView(id, bytes, rules.policy, nowMs);
    return { ...view, firings: firings.map(({ trigger, occasion, at }) => ({ trigger, occasion, at })) };
  });
}

const contactsOf = ({ shards }: Evidence) =>
  shards
    .flatMap(({ decisions }) => decisions.map(({ decision }) => decision))
    .filter(({ outcome }) => outcome === 'contact').length;

describe('when the profiles were wiped under a running installation', () => {
  it('shards stop and say so, init refuses, a rebuild brings everybody back and contacts nobody again', async () => {
    await tellCrowd();
    const before = await evidenceAtRest();
    expect(contactsOf(before)).toBeGreaterThan(20);
    const port = Number(new URL(stack.redisUrl).port);
    expect(await redisCall(port, ['FLUSHDB'])).toBe('OK');
    await eventually('the worker is not ready', async () => {
      const { status, text } = await readinessOf(worker.port);
      expect(status).toBe(503);
      expect(text).toContain('stopped: uninitialised');
    });
    await eventually('the log says why', () => {
      const said = readFileSync(join(system.logDir, 'first.log'), 'utf8').split('\n');
      expect(said.find((line) => line.includes('"msg":"shard stopped"'))).toContain('never initialised, or wiped');
    });

    const plan = { partitions: PARTITIONS, replicationFactor: 1 };
    await expect(initialise(system.addresses, { ...plan, rebuild: false })).rejects.toThrow(
      /the log has records in \d+ partitions of shards the store knows nothing of: it was wiped/,
    );
    await initialise(system.addresses, { ...plan, rebuild: true });
    await worker.stop();
    worker = await system.startWorker('second');

    const after = await evidenceAtRest();
    expect(await judge(after, rules, { ...BESIDE_OTHERS, hasLostWrites: true, mayRepeatDecisions: true })).toEqual({});
    expect(after.alerts).toEqual(before.alerts);
    expect(after.shards.map(({ decisions }) => decisions)).toEqual(before.shards.map(({ decisions }) => decisions));
    const nowMs = Date.now();
    expect(viewsOf(after, nowMs)).toEqual(viewsOf(before, nowMs));
  });
});
