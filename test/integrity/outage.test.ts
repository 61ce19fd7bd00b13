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
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { judge } from './judgement.ts';
import { populationEvents } from './population.ts';
import { openProducer, startSteadyStream } from './steady-stream.ts';
import { readinessOf } from './worker-pages.ts';

const CUSTOMERS = 360;
const PER_SECOND = 150;

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

async function evidenceAtRest(): Promise<Evidence> {
  await view.atRest(60_000);
  return gatherEvidence(view, rules);
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

describe('while events keep coming', () => {
  it('Redis away for twenty seconds, Redis frozen, and a broker that restarts change nothing in the end', async () => {
    const events = populationEvents({
      customers: CUSTOMERS,
      prefix: `c${randomUUID().slice(0, 8)}`,
      nowMs: Date.now(),
      random: Math.random,
    });
    const stream = startSteadyStream(producer, events, PER_SECOND);
    // The stream keeps time: so many events are so many seconds.
    let share = 0.05;
    const during = (seconds: number) => {
      share += (seconds * PER_SECOND) / events.length;
      return stream.reached(share);
    };
    await during(1);
    await stack.redis.stop();
    await during(20);
    await stack.redis.start();
    await during(2);
    await stack.redis.freeze();
    await during(7);
    await stack.redis.thaw();
    await during(1);
    await stack.broker.stop();
    await stack.broker.start();
    await stream.done;
    const evidence = await evidenceAtRest();
    expect(await judge(evidence, rules, { mayRepeatDecisions: true })).toEqual({});
    expect(contactsOf(evidence)).toBeGreaterThan(100);
    expect(await readinessOf(worker.port)).toMatchObject({ status: 200 });
  });
});

describe('when the profiles were wiped under a running installation', () => {
  it('shards stop and say so, init refuses, a rebuild brings everybody back and contacts nobody again', async () => {
    const before = await evidenceAtRest();
    const port = Number(new URL(stack.redisUrl).port);
    expect(await redisCall(port, ['FLUSHDB'])).toBe('OK');
    await eventually('the worker is not ready', async () => {
      const { status, text } = await readinessOf(worker.port);
      expect(status).toBe(503);
      expect(text).toContain('stopped: uninitialised');
    });
    const said = readFileSync(join(system.logDir, 'first.log'), 'utf8').split('\n');
    expect(said.find((line) => line.includes('"msg":"shard stopped"'))).toContain('never initialised, or wiped');

    const plan = { partitions: PARTITIONS, replicationFactor: 1 };
    await expect(initialise(system.addresses, { ...plan, rebuild: false })).rejects.toThrow(
      /the log has records in \d+ partitions of shards the store knows nothing of: it was wiped/,
    );
    await initialise(system.addresses, { ...plan, rebuild: true });
    await worker.stop();
    worker = await system.startWorker('second');

    const after = await evidenceAtRest();
    expect(await judge(after, rules, { isRebuilt: true, mayRepeatDecisions: true })).toEqual({});
    expect(after.alerts).toEqual(before.alerts);
    expect(after.shards.map(({ decisions }) => decisions)).toEqual(before.shards.map(({ decisions }) => decisions));
    const nowMs = Date.now();
    expect(viewsOf(after, nowMs)).toEqual(viewsOf(before, nowMs));
  });
});
