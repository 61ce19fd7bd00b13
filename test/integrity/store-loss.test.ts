import { randomUUID } from 'node:crypto';
import type { EventProducer } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChance } from './chance.ts';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { runCommand } from './holdfast-command.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { judge } from './judgement.ts';
import { type RedisProcess, startRedis } from './redis-process.ts';
import { openProducer } from './steady-stream.ts';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { startTraffic, type Traffic } from './traffic.ts';

/** Contacts that have reached the desk in the part of history that is then lost. */
const LOST_CONTACTS = 15;

let stack: Stack;
let profiles: RedisProcess;
let wire: TcpProxy;
let system: System;
let view: InstallationView;
let rules: Rules;
let producer: EventProducer;

beforeAll(async () => {
  // Replicas and files of servers need processes: native, whatever the other tests run on.
  stack = await startStack({ kind: 'native' });
  profiles = await startRedis();
  wire = await createTcpProxy(profiles.port);
  system = await startSystem(
    { ...stack, redisUrl: `redis://127.0.0.1:${wire.port}` },
    {
      workers: 2,
      partitions: PARTITIONS,
      workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
      // Queue, feed and sent marks lie apart from the profiles, as they should.
      queueRedisUrl: stack.redisUrl,
    },
  );
  view = viewInstallation(system.addresses);
  rules = await createRules(stack.registryUrl);
  producer = await openProducer(stack);
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await system?.stop();
  await wire?.close();
  await profiles?.remove();
  await stack?.stop();
});

const startCrowds = (): Traffic =>
  startTraffic(producer, {
    perSecond: 150,
    prefix: `c${randomUUID().slice(0, 8)}`,
    chance: createChance(Date.now()),
  });

/** Resolves when so many more contacts have reached the desk. */
async function contactsMore(count: number): Promise<void> {
  const from = (await view.alerts()).length;
  await eventually(
    `${count} more contacts`,
    async () => {
      const now = (await view.alerts()).length;
      if (now < from + count) throw new Error(`${now - from} came`);
    },
    { withinMs: 60_000 },
  );
}

/** What the world knows of and the store forgot: decided in commits that are gone, released before. */
async function decisionsLost(evidence: Evidence): Promise<number> {
  const { decisions = [] } = await judge(evidence, rules);
  return decisions.filter((words) => words.includes(', and not decided: ')).length;
}

async function expectPromisesKept(): Promise<void> {
  await view.atRest(90_000);
  const evidence = await gatherEvidence(view, rules);
  // What the store remembers as unreleased is released again: a copy in the log, known by its contact id.
  expect(await judge(evidence, rules, { hasLostWrites: true, mayRepeatDecisions: true })).toEqual({});
  expect(await decisionsLost(evidence)).toBeGreaterThan(0);
}

describe('when Redis fails over to a replica that lacks the last writes', () => {
  it('what was released is adopted: nobody is contacted twice, no cap is exceeded', async () => {
    const traffic = startCrowds();
    await contactsMore(2);
    const replica = await profiles.replica();
    await profiles.call('CONFIG', 'SET', 'min-replicas-to-write', '1');
    // What gathered in the outboxes while the replica was on its way is out.
    await contactsMore(5);
    // The relay waits until the replica has what it is about to release; its disk is behind what it has in memory.
    const disk = await replica.backup();
    await contactsMore(LOST_CONTACTS);
    await profiles.kill();
    await replica.restore(disk);
    wire.lead(replica.port);
    await profiles.remove();
    profiles = replica;
    await contactsMore(2);
    await traffic.stop();
    await expectPromisesKept();
  });
});

describe('when Redis comes back from an older backup', () => {
  it('and the operator says so, what was released since is adopted, and nobody is contacted twice', async () => {
    const traffic = startCrowds();
    await contactsMore(2);
    const backup = await profiles.backup();
    await contactsMore(LOST_CONTACTS);
    wire.refuse();
    wire.cut();
    await profiles.restore(backup);
    const direct = { ...system.addresses, redisUrl: `redis://127.0.0.1:${profiles.port}` };
    const { code, out, err } = await runCommand(direct, 'restore');
    expect(`${code} ${err}`).toBe('0 ');
    expect(out).toContain('shards whose owner and trust were taken away: 0, 1, 2, 3');
    wire.pass();
    await contactsMore(2);
    await traffic.stop();
    await expectPromisesKept();
  });
});
