import { randomUUID } from 'node:crypto';
import type { ServiceProcess } from '@holdfast/cli';
import { ENGINE_DEFAULTS, partitionOf } from '@holdfast/engine';
import { CUSTOMER_INPUTS, INPUT_TOPICS } from '@holdfast/events';
import type { EventProducer } from '@holdfast/kafka';
import { kpiDay, LEARNING_KPI, type LearningCell, learningCell } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisCall } from '../../infra/stack/index.mjs';
import { runCommand, startCommand } from './holdfast-command.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { fallsSilent, populationEvents } from './population.ts';
import { changedPack, publish } from './publishing.ts';
import { dropRecords } from './retention.ts';
import { openProducer, sendAll, startSteadyStream } from './steady-stream.ts';
import { readinessOf } from './worker-pages.ts';

const CUSTOMERS = 160;
const RUN = randomUUID().slice(0, 8);
/** From the middle of the events on: a rebuild switches where the shards did. */
const OTHER_POLICY = changedPack(
  'triggers.yaml',
  'absence: { of: UsageRecorded, for: 7d }',
  'absence: { of: UsageRecorded, for: 6d }',
);

let stack: Stack;
let system: System;
let view: InstallationView;
let producer: EventProducer;
let workers: ServiceProcess[];

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_LEARN_EVERY: '10s' },
  });
  view = viewInstallation(system.addresses);
  producer = await openProducer(stack);
  const events = population(`c${RUN}`, CUSTOMERS);
  await sendAll(producer, events.slice(0, events.length / 2));
  await publish(stack, OTHER_POLICY);
  await sendAll(producer, events.slice(events.length / 2));
  // A backlog is folded in the order of the log; what is live gives that order up where a topic is slow to come.
  const sentMs = Date.now();
  await eventually('a backlog', () => expect(Date.now() - sentMs).toBeGreaterThan(ENGINE_DEFAULTS.merge.liveWithinMs));
  workers = [await system.startWorker('one'), await system.startWorker('two')];
  await view.atRest(90_000);
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

function population(prefix: string, customers: number) {
  return populationEvents({ customers, prefix, nowMs: Date.now(), random: Math.random });
}

/** Of one topic, whose order is the same for everybody. */
function usage(prefix: string, customers: number) {
  return population(prefix, customers).filter(({ type }) => type === 'UsageRecorded');
}

const holdfast = (...words: readonly string[]) => runCommand(system.addresses, ...words);
const redis = (...words: string[]) => redisCall(Number(new URL(stack.redisUrl).port), words);

/** The words of a command that answers in JSON. */
async function asked(...words: readonly string[]) {
  const { code, out, err } = await holdfast(...words, '--json');
  if (out === '') throw new Error(`holdfast ${words.join(' ')} ended with ${code}:\n${err}`);
  return { code, said: JSON.parse(out), err };
}

const standings = async (): Promise<string[]> => {
  const { said } = await asked('shard', 'list');
  return said.shards.map(({ standing }: { standing: string }) => standing);
};

const allServed = () =>
  eventually('every shard served', async () => {
    const found = await standings();
    if (found.some((standing) => standing !== 'served')) throw new Error(found.join());
  });

describe('an operator', () => {
  it('sees who owns each shard, how far it is, and what it holds', async () => {
    // The first worker may have everything until the second has joined.
    const { said, owners } = await eventually('two owners', async () => {
      await allServed();
      const { code, said } = await asked('shard', 'list');
      expect(code).toBe(0);
      const owners = said.shards.map(({ record }: { record: { owner: string } }) => record.owner);
      expect(new Set(owners).size).toBe(2);
      return { said, owners };
    });
    expect(owners).toHaveLength(PARTITIONS);
    expect(new Set(owners.map((owner: string) => Number(owner.split('/').at(-1))))).toEqual(
      new Set(workers.map(({ pid }) => pid)),
    );
    const entities = said.shards.map(({ record }: { record: { entities: number } }) => record.entities);
    expect(entities.reduce((sum: number, count: number) => sum + count, 0)).toBe(CUSTOMERS);
    const text = (await holdfast('shard', 'show', '0')).out;
    expect(text).toContain(`policy ${OTHER_POLICY.version}`);
    expect(text).toMatch(/shard 0 {3}served {3}version \d+, layout \d+, \d+ entities, 0 in the outbox/);
    for (const topic of CUSTOMER_INPUTS) expect(text).toContain(topic);
  });
});

describe('what was learnt', () => {
  // Contacts of today can still be answered, so those of a day long past are counted by hand.
  const day = kpiDay(Date.now() - 20 * 86_400_000);
  const cell = (what: LearningCell['what']) => learningCell({ day, offer: 'care_call', segment: 'young', what });
  const key = `{customer:0}:kpi:${LEARNING_KPI}`;
  /** By what the first shard decides, once no shard would decide otherwise. */
  const inForce = async (): Promise<number | null | undefined> => {
    const { said } = await asked('propensity', 'show');
    expect(said.shardsBehind).toEqual([]);
    return said.propensities[0]?.inForce;
  };

  it('is kept by every shard, whoever told it, and forgotten by all when nothing stands for it any more', async () => {
    await redis('HSET', key, cell('treated'), '400', cell('accepted'), '4');
    expect(await asked('propensity', 'learn')).toMatchObject({ code: 0, said: { learnt: 1 } });
    await eventually('all shards keep it', async () => expect(await inForce()).toBeLessThan(0.05));
    expect(await asked('propensity', 'learn')).toMatchObject({ code: 0, said: { learnt: 1, shardsTold: 0 } });
    await redis('HDEL', key, cell('treated'), cell('accepted'));
    expect((await asked('propensity', 'show')).said.propensities).toEqual([]);
    await eventually('the worker of partition 0 tells all shards', async () => expect(await inForce()).toBeUndefined());
  });
});

describe('a rebuild of running shards', () => {
  it('finds every state and every count as the log gives them', async () => {
    const { code, said, err } = await asked('rebuild', '--all', '--dry-run', '--show', '5');
    expect(said.shards.map((shard: object) => ({ ...shard, heldMs: 0 }))).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        expect.objectContaining({
          partition,
          takenOver: 0,
          neverReleased: 0,
          outcome: 'compared',
          comparison: expect.objectContaining({ different: 0, missing: 0, extra: 0, kpis: [], shown: [] }),
        }),
      ),
    );
    expect(code).toBe(0);
    expect(err).toContain('shard 0: folding the log');
    const states = said.shards.map(({ comparison }: { comparison: { equal: number; timing: number } }) => comparison);
    const compared = states.reduce(
      (sum: number, { equal, timing }: (typeof states)[number]) => sum + equal + timing,
      0,
    );
    expect(compared).toBe(CUSTOMERS);
    expect(await redis('KEYS', '{customer:*}:g*')).toBe('');
  });

  it('names exactly what was tampered with, repairs it while events keep coming, and is told again', async () => {
    const partition = 1;
    // A timer would write back what is taken away here.
    const mine = Array.from({ length: CUSTOMERS }, (_, i) => (fallsSilent(i) ? '' : `c${RUN}-${i}`)).filter(
      (id) => id !== '' && partitionOf(Buffer.from(id), PARTITIONS) === partition,
    );
    const [changed = '', other = '', lost = ''] = mine;
    const key = (id: string) => `{customer:${partition}}:s:${id}`;
    expect(await redis('COPY', key(other), key(changed), 'REPLACE')).toBe('1');
    expect(await redis('DEL', key(lost))).toBe('1');
    expect(await redis('COPY', key(other), key('nobody'))).toBe('1');
    expect(await redis('ZADD', `{customer:${partition}}:due`, '9000000000000000', 'nobody')).toBe('1');
    expect(await redis('HINCRBY', `{customer:${partition}}:kpi:plays`, 'made-up', '7')).toBe('7');

    const stream = startSteadyStream(producer, usage(`d${RUN}`, 60), 60);
    await stream.reached(0.1);
    const refused = await asked('rebuild', '--shard', String(partition), '--show', '10');
    expect(refused.code).toBe(1);
    const [found] = refused.said.shards;
    expect(found).toMatchObject({ outcome: 'left as it was', takenOver: 0, neverReleased: 0 });
    expect(found.comparison).toMatchObject({ different: 1, missing: 1, extra: 1 });
    expect(found.comparison.kpis).toEqual([{ cell: 'plays made-up', live: 7, fresh: 0 }]);
    expect(found.comparison.shown.map(({ id, kind }: Record<string, string>) => `${id} ${kind}`).sort()).toEqual(
      [`${changed} different`, `${lost} missing`, 'nobody extra'].sort(),
    );

    const accepted = await asked('rebuild', '--shard', String(partition), '--accept-differences');
    expect(accepted).toMatchObject({ code: 0, said: { shards: [{ outcome: 'swapped' }] } });
    await stream.done;
    await view.atRest(60_000);
    await allServed();
    const again = await asked('rebuild', '--all', '--dry-run', '--show', '5');
    for (const { comparison } of again.said.shards) {
      expect(comparison).toMatchObject({ different: 0, missing: 0, extra: 0, kpis: [], shown: [] });
    }
    const shown = (await holdfast('shard', 'show', String(partition))).out;
    expect(shown).toMatch(/rebuild into generation \d+: 1 different, 1 missing, 1 extra/);
    expect(await redis('KEYS', key('*'))).toBe('');
  });

  it('that dies leaves the shard served, and nothing behind once another was made', async () => {
    const dying = startCommand(system.addresses, 'rebuild', '--shard', '2');
    await dying.wrote('folding the log');
    dying.kill();
    await dying.ended;
    await sendAll(producer, usage(`e${RUN}`, 20));
    await view.atRest(60_000);
    expect(await asked('rebuild', '--shard', '2')).toMatchObject({
      code: 0,
      said: { shards: [{ outcome: 'swapped' }] },
    });
    const { said } = await asked('shard', 'show', '2');
    expect(said.record).toMatchObject({ building: '' });
    const keys = (await redis('KEYS', '{customer:2}:g*'))?.split('\n') ?? [];
    expect(keys.filter((key) => !key.startsWith(`{customer:2}:g${said.record.generation}:`))).toEqual([]);
    expect(await redis('KEYS', '{customer:2}:g*:meta')).toBe('');
    await allServed();
  });
});

describe('records that retention took before they were folded', () => {
  it('stop the shard, which says why, until the operator decides; a running worker then goes on', async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await sendAll(producer, population(`f${RUN}`, 40));
    const topic = INPUT_TOPICS.usage;
    await dropRecords(stack.brokers, topic, 3);
    const worker = await system.startWorker('three');
    await eventually('the shard is stopped', async () => expect(await standings()).toContain('stopped'));
    const { code, out } = await holdfast('shard', 'list');
    expect(code).toBe(1);
    expect(out).toMatch(
      /shard 3 stopped: gap: telecom\.usage\.v1 begins at offset \d+, but \d+ is the next one to fold/,
    );
    expect((await readinessOf(worker.port)).status).toBe(503);

    const proposal = await holdfast('shard', 'rebase', '3', '--topic', topic, '--to', 'earliest');
    expect(proposal).toMatchObject({ code: 1, err: expect.stringContaining('nothing was changed') });
    expect(proposal.out).toMatch(/telecom\.usage\.v1 {2}\d+ → \d+: \d+ records are gone from the log/);
    const done = await holdfast('shard', 'rebase', '3', '--topic', topic, '--to', 'earliest', '--yes');
    expect(done).toMatchObject({ code: 0, err: '' });
    await view.atRest(60_000);
    await allServed();
    expect((await readinessOf(worker.port)).status).toBe(200);
    expect((await holdfast('shard', 'show', '3')).out).toMatch(/@.* {3}rebase telecom\.usage\.v1 \d+ → \d+/);
    const short = await holdfast('rebuild', '--shard', '3', '--dry-run');
    expect(short).toMatchObject({ code: 1, err: expect.stringContaining('retention took what was before') });
  });

  it('a restore takes the trust from all shards, and workers win it back', async () => {
    const { said, code } = await asked('restore');
    expect({ said, code }).toEqual({ code: 0, said: { distrusted: [0, 1, 2, 3], missing: [] } });
    await allServed();
    expect((await holdfast('shard', 'show', '0')).out).toContain('restore: tokens cleared');
  });
});
