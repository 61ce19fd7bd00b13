import { randomUUID } from 'node:crypto';
import type { ServiceProcess } from '@holdfast/cli';
import { CONTROL_TOPIC, CUSTOMER_TOPOLOGY } from '@holdfast/events';
import type { EventProducer } from '@holdfast/kafka';
import { createShardStore, type RedisShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShardRecords } from './clean-fold.ts';
import { createRules, type Evidence, gatherEvidence, type LoggedDecision, type Rules } from './evidence.ts';
import { runCommand } from './holdfast-command.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { BESIDE_OTHERS, judge } from './judgement.ts';
import { populationEvents } from './population.ts';
import { changedPack, publish } from './publishing.ts';
import { openProducer, sendAll, startSteadyStream } from './steady-stream.ts';
import { metricOf, readinessOf } from './worker-pages.ts';

const RUN = randomUUID().slice(0, 8);
const DAY_MS = 86_400_000;
const CUSTOMERS = 18;
const PER_SECOND = 150;
/**
 * From a record of the control topic to the commit that puts it into force, ms. The promise is two seconds; a machine that
 * runs everything on two cores for the tests may be slower than that.
 */
const IN_FORCE_WITHIN_MS = 15_000;
/** Told once, six and a half days ago: quiet for the second policy, and not for the first. */
const QUIET = `q${RUN}`;

const FIRST = changedPack('triggers.yaml', 'calls failed or were dropped within', 'calls failed within');
const SECOND = changedPack(
  'triggers.yaml',
  'absence: { of: UsageRecorded, for: 7d }',
  'absence: { of: UsageRecorded, for: 6d }',
);
const BROKEN = changedPack('triggers.yaml', 'crossed(failed_calls_7d, 5)', 'crossed(faild_calls_7d, 5)');

let stack: Stack;
let system: System;
let view: InstallationView;
let store: RedisShardStore;
let producer: EventProducer;
let rules: Rules;
let workers: ServiceProcess[];

beforeAll(async () => {
  stack = await startStack();
  const workerEnvironment = { HOLDFAST_JOURNAL: 'on' };
  system = await startSystem(stack, { workers: 0, partitions: PARTITIONS, workerEnvironment });
  view = viewInstallation(system.addresses);
  store = createShardStore({ url: stack.redisUrl, codecVersion: STATE_LAYOUT });
  producer = await openProducer(stack);
  rules = await createRules(stack.registryUrl);
  workers = await Promise.all(['one', 'two'].map((label) => system.startWorker(label)));
});
afterAll(async () => {
  await producer?.close();
  await store?.close();
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

function crowd(name: string) {
  const prefix = `${name}${RUN}`;
  return populationEvents({ customers: CUSTOMERS, prefix, nowMs: Date.now(), random: Math.random });
}

const metas = () =>
  Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition })),
  );

const inForce = (version: string, withinMs = 30_000) =>
  eventually(
    `${version} in force in every shard`,
    async () => {
      const found = (await metas()).map((meta) => meta?.configuration?.name);
      expect(found).toEqual(Array(PARTITIONS).fill(version));
    },
    { withinMs, everyMs: 50 },
  );

const decisionsOf = ({ shards }: Evidence) =>
  shards.flatMap((shard) => shard.decisions.map(({ decision }: LoggedDecision) => decision));

/** How long the first switch took, and the records before it at the most: what a busy machine takes is no policy's. */
function switchOf({ journal, inputs }: ShardRecords): { readonly tookMs: number; readonly neighboursMs: number } {
  const control = inputs.get(CONTROL_TOPIC)?.[1];
  if (!control) throw new Error('nothing was published');
  const tookMs = (topic: string, offset: number, appendTime: number) => {
    const line = journal.find((each) => 'topic' in each && each.topic === topic && each.offset === offset);
    return (line?.committedAtMs ?? Number.NaN) - appendTime;
  };
  const neighbours = [...inputs.values()]
    .flat()
    .filter(({ appendTime }) => appendTime <= control.appendTime && appendTime > control.appendTime - 1_000)
    .filter(({ topic }) => topic !== CONTROL_TOPIC);
  return {
    tookMs: tookMs(CONTROL_TOPIC, control.offset, control.appendTime),
    neighboursMs: Math.max(0, ...neighbours.map((each) => tookMs(each.topic, each.offset, each.appendTime))),
  };
}

describe('a policy published while events come in', () => {
  it('is in force from its record on, through a worker that is killed beside it, and what was decided says so', async () => {
    const usage = { subscriptionId: 'line-1', kind: 'VOICE', durationSeconds: 60 } as const;
    const seen = { eventId: 'seen', source: 'billing', customerId: QUIET, occurredAt: Date.now() - 6.5 * DAY_MS };
    await sendAll(producer, [{ type: 'UsageRecorded', ...seen, ...usage }]);

    // Stories come to their point at their ends: some are told whole, so that the folder of the workers decides something.
    await sendAll(producer, crowd('z'));
    await view.served();
    await view.atRest(60_000);
    const early = startSteadyStream(producer, crowd('a'), PER_SECOND);
    await early.reached(0.6);
    await publish(stack, FIRST);
    await inForce(FIRST.version);
    await early.done;

    const middle = startSteadyStream(producer, crowd('b'), PER_SECOND);
    await middle.reached(0.6);
    const publishing = publish(stack, SECOND);
    workers[0]?.signal('SIGKILL');
    await publishing;
    workers.push(await system.startWorker('three'));
    await middle.done;
    await inForce(SECOND.version, 60_000);
    await sendAll(producer, crowd('c'));
    await eventually('the index judged to its end', async () =>
      expect((await metas()).map((meta) => meta?.isSweepDue)).toEqual(Array(PARTITIONS).fill(undefined)),
    );
    // At rest a silence may still wait for the next look at its feed.
    const evidence = await eventually(
      'the silence answered that the second policy hears',
      async () => {
        await view.atRest(90_000);
        const found = await gatherEvidence(view, rules);
        expect(decisionsOf(found).filter(({ customerId }) => customerId === QUIET)).not.toEqual([]);
        return found;
      },
      { withinMs: 60_000 },
    );
    expect(await judge(evidence, rules, BESIDE_OTHERS)).toEqual({});
    const decisions = decisionsOf(evidence);
    const folder = rules.policy.version;
    expect(new Set(decisions.map(({ policyVersion }) => policyVersion))).toEqual(
      new Set([folder, FIRST.version, SECOND.version]),
    );
    expect(decisions.filter(({ customerId }) => customerId === QUIET)).toMatchObject([
      { trigger: 'gone_quiet', policyVersion: SECOND.version },
    ]);
    for (const { log } of evidence.shards) {
      const { tookMs, neighboursMs } = switchOf(log);
      expect(tookMs).toBeLessThan(neighboursMs + IN_FORCE_WITHIN_MS);
    }
  });

  it('that no shard can work by leaves the one before in force, and everybody is told', async () => {
    await publish(stack, BROKEN);
    const worker = workers[1] as ServiceProcess;
    await eventually('the refusal known', async () => {
      const found = await metas();
      expect(found.map((meta) => meta?.refused?.name)).toEqual(Array(PARTITIONS).fill(BROKEN.version));
    });
    expect((await metas()).map((meta) => meta?.configuration?.name)).toEqual(Array(PARTITIONS).fill(SECOND.version));
    await eventually('its worker says so', async () => {
      const { status, text } = await readinessOf(worker.port);
      expect(status).toBe(200);
      expect(text).toContain('degraded: sha256:broken was refused');
      expect(await metricOf(worker.port, 'holdfast_shard_policy_info', `version="${SECOND.version}"`)).toBe(1);
    });
    const { code, out } = await runCommand(system.addresses, 'shard', 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/shard 0 refused sha256:broken: triggers\.yaml:\d+:\d+ .*faild_calls_7d/);
    expect(out).toContain(SECOND.version.slice(0, 19));
  });
});
