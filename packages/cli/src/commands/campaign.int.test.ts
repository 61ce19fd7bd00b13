import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import { createShardStore } from '@holdfast/redis';
import { FOLLOW_UPS, kpiCell, kpiDay, LEARNING_KPI, learningCell, STATE_LAYOUT } from '@holdfast/telecom';
import { commitOf } from '@holdfast/testkit/shard-fixture';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../../../redis/test/redis-server.ts';
import { COMMANDS } from '../commands.ts';
import { environment } from '../config.ts';
import { runProgram } from '../program.ts';

const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
const CAMPAIGN = 'quiet_customers';
const PARTITIONS = 2;
const DAY = '2026-01-10';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
  Object.assign(environment, {
    HOLDFAST_REDIS_URL: server.url,
    // Named, never called: figures are in Redis alone.
    HOLDFAST_KAFKA_BROKERS: '127.0.0.1:1',
    HOLDFAST_REGISTRY_URL: 'http://127.0.0.1:1',
  });
  const store = createShardStore({ url: server.url, codecVersion: STATE_LAYOUT });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const shard = { topology: CUSTOMER_TOPOLOGY, partition };
    const meta = { minCodec: STATE_LAYOUT, clusterId: 'c', partitionCount: PARTITIONS, inputs: {}, relay: POSITION };
    await store.initialise(shard, { ...meta, watermarks: {} });
    const session = await store.open(shard);
    const claimed = await session.claim();
    if (claimed.kind !== 'claimed') throw new Error(`the claim answered ${claimed.kind}`);
    const committed = await session.commit(
      claimed.meta.version,
      commitOf({ kpis: [...countedByShard(), ...learntFromByShard(), ...followedUpByShard()] }),
    );
    expect(committed.kind).toBe('ok');
    await session.close();
  }
  await store.close();
});
afterAll(() => server.stop());

/** Half of a campaign that keeps 90 of 100 customers where 60 stay by themselves. */
function countedByShard() {
  const of = (arm: 'treated' | 'control', channel: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([what, by]) => {
      const cell = kpiCell({ day: DAY, offer: 'care_call', arm, variant: '', channel, what });
      return { campaign: CAMPAIGN, cell, by };
    });
  return [
    ...of('treated', '', { enrolled: 450, 'retained_60d.n': 450, 'retained_60d.sum': 405, 'retained_60d.sq': 405 }),
    ...of('control', '', { enrolled: 50, 'retained_60d.n': 50, 'retained_60d.sum': 30, 'retained_60d.sq': 30 }),
    ...of('treated', 'call-centre', {
      contact: 450,
      delivered: 400,
      accepted: 100,
      rejected: 60,
      'rejected:price': 31,
    }),
  ];
}

/** Forty contacts of an offer, two of them accepted, of a day whose answers are in. */
function learntFromByShard() {
  const cell = (what: 'treated' | 'accepted') =>
    learningCell({ day: kpiDay(Date.now() - 20 * 86_400_000), offer: 'care_call', segment: 'young', what });
  return [
    { campaign: LEARNING_KPI, cell: cell('treated'), by: 40 },
    { campaign: LEARNING_KPI, cell: cell('accepted'), by: 2 },
  ];
}

function followedUpByShard() {
  const done = { 'work:opened': 5, 'work:finished': 3, 'work:in_time': 2, 'work:late': 1, 'ended:done': 3 };
  return Object.entries(done).map(([what, by]) => {
    const cell = kpiCell({ day: DAY, offer: '', arm: '', variant: '', channel: '', what });
    return { campaign: FOLLOW_UPS, cell, by };
  });
}

const campaign = (...words: readonly string[]) => holdfast('campaign', ...words);

async function holdfast(...words: readonly string[]) {
  let out = '';
  let err = '';
  const output = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await runProgram(COMMANDS, words, output), out, err };
}

it('campaign report adds up what the shards have counted', async () => {
  const { code, out, err } = await campaign('report', CAMPAIGN);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('treated   810 of 900 (90.0 %)');
  expect(out).toMatch(/verdict +effective/);
  const json = await campaign('report', CAMPAIGN, '--json');
  expect(JSON.parse(json.out)).toMatchObject({
    plan: { id: CAMPAIGN, goal: { kpi: 'retained_60d' } },
    goal: { verdict: 'effective', comparison: { treatedTotal: { n: 900, sum: 810 } } },
    rates: { successRate: { numerator: 200, denominator: 800, value: 0.25 } },
  });
});

it('campaign report counts the days asked for alone', async () => {
  const before = JSON.parse((await campaign('report', CAMPAIGN, '--to', '2026-01-09', '--json')).out);
  expect(before.funnel.stages.contact).toBe(0);
  const on = JSON.parse((await campaign('report', CAMPAIGN, '--from', DAY, '--to', DAY, '--json')).out);
  expect(on.funnel.stages.contact).toBe(900);
});

it('campaign list has a line for every campaign and one for everything proactive', async () => {
  const { out } = await campaign('list');
  expect(out).toMatch(
    /^quiet_customers +live +marketing +900 +100 +900 +800 +200 +retained_60d +(ALARM.*)?effective$/m,
  );
  expect(out).toMatch(/^universal .*undecided: nobody enrolled before/m);
});

it('campaign compare suggests with the figures behind it', async () => {
  const { out } = await campaign('compare', '--month', '2026-01');
  expect(out).toContain('rejections for price are 62 of 120 (51.7 %) on care_call');
});

it('campaign follow-ups has what was done with them in all shards', async () => {
  const { code, out } = await campaign('follow-ups');
  expect(code).toBe(0);
  expect(out).toContain('opened    10, opened again 0\nended     6: done 6\nin time   4 of 6 (66.7 %)');
  const before = JSON.parse((await campaign('follow-ups', '--to', '2026-01-09', '--json')).out);
  expect(before).toMatchObject({ opened: 0, left: 0 });
});

it('an unknown campaign is answered with those there are', async () => {
  expect(await campaign('report', 'nothing')).toMatchObject({
    code: 1,
    err: expect.stringContaining('the policy has no campaign "nothing"'),
  });
});

it('propensity show has what was counted for learning, and that no shard was told', async () => {
  const { code, out } = await holdfast('propensity', 'show');
  expect(code).toBe(0);
  expect(out).toMatch(/^care_call +young +25\.0 % +80 +4 +\d+\.\d % ± \d+\.\d % +as stated$/m);
  expect(out).toContain('no shard decides by it yet');
  const { propensities, shardsBehind } = JSON.parse((await holdfast('propensity', '--json')).out);
  expect(propensities).toMatchObject([
    { offer: 'care_call', segment: 'young', contacts: 80, accepted: 4, inForce: null },
  ]);
  expect(shardsBehind).toEqual([0, 1]);
});
