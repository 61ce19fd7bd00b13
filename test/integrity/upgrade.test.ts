import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceProcess } from '@holdfast/cli';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import type { EventProducer } from '@holdfast/kafka';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { createLayoutUpgrade, type LayoutUpgrade } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, stackEnvironment } from '../../infra/stack/index.mjs';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { BESIDE_OTHERS, judge } from './judgement.ts';
import { asThisRelease, NEXT_LAYOUT, nextReleaseEnvironment, timesWrittenByNext } from './next-release.ts';
import { populationEvents, type Told } from './population.ts';
import { openProducer, sendAll, startSteadyStream } from './steady-stream.ts';
import { readinessOf } from './worker-pages.ts';

const CUSTOMERS = 120;
const PER_SECOND = 60;
const HOLDFAST = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
const THIS_RELEASE = { NODE_OPTIONS: '' };
const PREFIX = `u${randomUUID().slice(0, 8)}`;
const MINUTE_MS = 60_000;
const QUIET_MS = 9_000;

let stack: Stack;
let system: System;
let view: InstallationView;
let rules: Rules;
let upgrade: LayoutUpgrade;
let producer: EventProducer;
let events = 0;

interface Answer {
  readonly code: number;
  readonly text: string;
}

/** Runs a command of this release on the installation. */
function holdfast(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const env = { PATH: process.env.PATH, ...stackEnvironment(stack), ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [HOLDFAST, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, text: stdout + stderr }),
    );
  });
}

/** The layouts known to those who hold the shards, by shard. */
async function claimed(): Promise<number[]> {
  const found: number[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    found.push((await upgrade.read({ topology: CUSTOMER_TOPOLOGY, partition }))?.claimed ?? 0);
  }
  return found;
}

const whenClaimed = (what: string, isRight: (layouts: readonly number[]) => boolean) =>
  eventually(
    what,
    async () => {
      const layouts = await claimed();
      if (!isRight(layouts)) throw new Error(`the shards were claimed with layouts ${layouts.join()}`);
    },
    { withinMs: 60_000 },
  );

/** A use of a customer who was there before, told now. */
function use(index: number, agoMs: number): Told {
  return {
    type: 'UsageRecorded',
    eventId: `${PREFIX}-again-${events++}`,
    source: 'billing',
    customerId: `${PREFIX}-${index}`,
    occurredAt: Date.now() - agoMs,
    subscriptionId: 'line-1',
    kind: 'VOICE',
    durationSeconds: 60,
  };
}

/** Silences that the last events answered are looked at again after some seconds; then their contacts come back. */
async function quiet(): Promise<void> {
  let folded = -1;
  let sinceMs = 0;
  const check = async () => {
    await view.atRest(90_000);
    const now = await view.folded();
    if (now !== folded) sinceMs = Date.now();
    folded = now;
    if (Date.now() - sinceMs < QUIET_MS)
      throw new Error(`${folded} records were folded ${Date.now() - sinceMs} ms ago`);
  };
  await eventually('nothing more to fold', check, { withinMs: 120_000, everyMs: 500 });
}

async function gathered(): Promise<{ readonly evidence: Evidence; readonly states: readonly Buffer[] }> {
  await quiet();
  const evidence = await gatherEvidence(view, rules);
  return { evidence, states: evidence.shards.flatMap(({ stored }) => [...stored.states.values()]) };
}

/** The evidence as if all of it had been stored by this release. */
function inThisLayout(evidence: Evidence): Evidence {
  const shards = evidence.shards.map((shard) => {
    const states = new Map([...shard.stored.states].map(([id, bytes]) => [id, asThisRelease(bytes)]));
    return { ...shard, stored: { ...shard.stored, states } };
  });
  return { ...evidence, shards };
}

describe('two releases on one installation', () => {
  let older: ServiceProcess;
  let newer: ServiceProcess;

  beforeAll(async () => {
    stack = await startStack();
    // Everything but the older workers is of the next release: a dispatcher reads states too.
    system = await startSystem(stack, {
      workers: 0,
      partitions: PARTITIONS,
      environment: nextReleaseEnvironment(),
      workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
    });
    view = viewInstallation(system.addresses);
    rules = await createRules(stack.registryUrl);
    upgrade = createLayoutUpgrade({ url: stack.redisUrl });
    producer = await openProducer(stack);
    older = await system.startWorker('older-1', THIS_RELEASE);
  });
  afterAll(async () => {
    await producer?.close();
    await upgrade?.close();
    await view?.close();
    await system?.stop();
    await stack?.stop();
  });

  it('take over from each other, killed and asked to go, and store what a clean fold gives in the layout both read', async () => {
    const told = populationEvents({ customers: CUSTOMERS, prefix: PREFIX, nowMs: Date.now(), random: Math.random });
    const stream = startSteadyStream(producer, told, PER_SECOND);
    await stream.reached(0.2);
    newer = await system.startWorker('newer-1');
    await whenClaimed('shards with both releases', (layouts) => new Set(layouts).size === 2);
    await stream.reached(0.4);
    older.signal('SIGKILL');
    await whenClaimed('every shard with the newer release', (layouts) => layouts.every((one) => one === NEXT_LAYOUT));
    older = await system.startWorker('older-2', THIS_RELEASE);
    await newer.stop();
    await whenClaimed('every shard with the older release', (layouts) => layouts.every((one) => one === STATE_LAYOUT));
    await stream.done;
    const { evidence, states } = await gathered();
    expect(await judge(evidence, rules, BESIDE_OTHERS)).toEqual({});
    expect(states.length).toBe(CUSTOMERS);
    expect(new Set(states.map((bytes) => bytes[0]))).toEqual(new Set([STATE_LAYOUT]));
  });

  it('are not made final while one worker is of the older: the command names its shards and changes nothing', async () => {
    newer = await system.startWorker('newer-2');
    // Half of them: until then shards still change hands, one after the other.
    const areShared = (layouts: readonly number[]) =>
      layouts.filter((one) => one === NEXT_LAYOUT).length === PARTITIONS / 2;
    await whenClaimed('half of the shards with each release', areShared);
    const layouts = await claimed();
    const { code, text } = await holdfast(['finalize-upgrade']);
    expect(code).toBe(1);
    for (const [partition, layout] of layouts.entries()) {
      const line = text.split('\n').find((candidate) => candidate.startsWith(`shard ${partition}:`));
      expect(line).toContain(`layout ${STATE_LAYOUT}, its worker knows ${layout}`);
      expect(line?.includes('refused')).toBe(layout === STATE_LAYOUT);
    }
  });

  it('are made final once all are of the newer: states change as they are touched, and nothing is lost on the way', async () => {
    await older.stop();
    await whenClaimed('every shard with the newer release', (layouts) => layouts.every((one) => one === NEXT_LAYOUT));
    const { code, text } = await holdfast(['finalize-upgrade']);
    expect([code, text]).toEqual([0, expect.stringContaining(`finalized for layout ${NEXT_LAYOUT}`)]);
    const touched = Array.from({ length: 20 }, (_, index) => index);
    for (let round = 3; round > 0; round--)
      await sendAll(
        producer,
        touched.map((index) => use(index, round * 1_000)),
      );
    const { evidence, states } = await gathered();
    expect(await judge(inThisLayout(evidence), rules, BESIDE_OTHERS)).toEqual({});
    expect(new Set(states.map((bytes) => bytes[0]))).toEqual(new Set([STATE_LAYOUT, NEXT_LAYOUT]));
    // What was told before the owners learnt of it was still written for the older; the field begins then and is kept.
    const written = states.map(timesWrittenByNext).filter((times) => times > 0);
    expect(written.length).toBeGreaterThanOrEqual(touched.length);
    expect((await holdfast(['finalize-upgrade'])).text).toContain('was finalized');
  });

  it('leave a worker of the older release refusing its shards, visibly, until the newer has them back', async () => {
    older = await system.startWorker('older-3', THIS_RELEASE);
    const refuses = async () => {
      const { status, text } = await readinessOf(older.port);
      if (status === 200 || !text.includes('incompatible')) throw new Error(`${status} ${text}`);
    };
    await eventually('the older worker not ready', refuses, { withinMs: 60_000 });
    expect(await claimed()).toEqual(Array(PARTITIONS).fill(NEXT_LAYOUT));
    await sendAll(
      producer,
      Array.from({ length: CUSTOMERS }, (_, index) => use(index, 500)),
    );
    await older.stop();
    const { evidence } = await gathered();
    expect(await judge(inThisLayout(evidence), rules, BESIDE_OTHERS)).toEqual({});
  });

  it('count a feature that a new policy brings from then on, and say so, also after a late event', async () => {
    const policyDir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
    try {
      cpSync(DEFAULT_POLICY_DIR, policyDir, { recursive: true });
      const file = join(policyDir, 'features.yaml');
      const added = 'features:\n  calls_1h: { from: UsageRecorded, count: true, window: 1h, hop: 1m }\n';
      writeFileSync(file, readFileSync(file, 'utf8').replace('features:\n', added));
      await newer.stop();
      newer = await system.startWorker('newer-3', { HOLDFAST_POLICY_DIR: policyDir });
      const changedAt = Date.now();
      await sendAll(producer, [use(0, 30 * MINUTE_MS)]);
      await sendAll(producer, [use(0, 20 * MINUTE_MS), use(0, 0)]);
      await view.atRest(90_000);
      const show = ['customer', 'show', `${PREFIX}-0`];
      const environment = { HOLDFAST_POLICY_DIR: policyDir, ...nextReleaseEnvironment() };
      const { text } = await holdfast([...show, '--json'], environment);
      const { features, countedSince } = JSON.parse(text);
      expect(features.calls_1h).toBeNull();
      expect(countedSince.calls_1h).toBeGreaterThanOrEqual(changedAt - MINUTE_MS);
      expect(countedSince.failed_calls_7d).toBeLessThan(changedAt - 24 * 60 * MINUTE_MS);
      const since = new Date(countedSince.calls_1h).toISOString();
      expect((await holdfast(show, environment)).text).toMatch(new RegExp(`calls_1h +unknown +counted since ${since}`));
    } finally {
      rmSync(policyDir, { recursive: true, force: true });
    }
  });
});
