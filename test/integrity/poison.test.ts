import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceProcess } from '@holdfast/cli';
import { partitionOf } from '@holdfast/engine';
import type { EventProducer } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Mutant, mutantArguments } from '@holdfast/testkit/mutation';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import type { Told } from './population.ts';
import { openProducer, sendAll } from './steady-stream.ts';
import { readinessOf } from './worker-pages.ts';

const WORKER = 'services/worker/src/worker.ts';
const EXIT_CODE = 66;
const KILLER = 'killer';
const THROWER = 'thrower';

/** Rules with two defects: one record ends the process in the middle of the fold, another one makes the rules throw. */
const DEFECTIVE: Mutant = {
  name: 'rules with defects',
  edits: [
    {
      file: WORKER,
      find: "const CLIENT_ID = 'holdfast-worker';",
      replace: `const CLIENT_ID = 'holdfast-worker';
        const defective = (rules) => ({
          ...rules,
          step(state, stimulus, context) {
            const id = stimulus.kind === 'event' ? stimulus.identity.eventId : '';
            if (id.startsWith('${KILLER}')) process.exit(${EXIT_CODE});
            if (id.startsWith('${THROWER}')) throw new Error('a defect of the rules');
            return rules.step(state, stimulus, context);
          },
        });`,
    },
    {
      file: WORKER,
      find: 'topology: createCustomerTopology({',
      replace: 'topology: defective(createCustomerTopology({',
    },
    {
      file: WORKER,
      find: 'erasure: erasureWith(config.erasureKey),\n      }),',
      replace: 'erasure: erasureWith(config.erasureKey),\n      })),',
    },
  ],
};

let stack: Stack;
let system: System;
let view: InstallationView;
let producer: EventProducer;

beforeAll(async () => {
  stack = await startStack();
  const [flag, hook] = mutantArguments(DEFECTIVE);
  system = await startSystem(stack, {
    workers: 0,
    partitions: PARTITIONS,
    workerEnvironment: { HOLDFAST_JOURNAL: 'on', NODE_OPTIONS: `${flag}=${hook}` },
  });
  view = viewInstallation(system.addresses);
  producer = await openProducer(stack);
});
afterAll(async () => {
  await producer?.close();
  await view?.close();
  await system?.stop();
  await stack?.stop();
});

const homeOf = (id: string) => partitionOf(Buffer.from(id), PARTITIONS);

/** Customers of one partition. */
function neighbours(partition: number, count: number): string[] {
  const ids: string[] = [];
  while (ids.length < count) {
    const id = `c${randomUUID().slice(0, 8)}`;
    if (homeOf(id) === partition) ids.push(id);
  }
  return ids;
}

function usage(customerId: string, eventId = randomUUID() as string): Told {
  const occurredAt = Date.now();
  const line = { subscriptionId: 'line-1', kind: 'VOICE', durationSeconds: 60 };
  return { type: 'UsageRecorded', eventId, source: 'billing', occurredAt, customerId, ...line } as Told;
}

const faults = async () =>
  (await view.deadLetters()).flatMap(({ key, headers }) => {
    const code = headers['__connect.errors.exception.class.name'];
    return key && code ? [`${code} ${key}`] : [];
  });

/** Ids of the customers the partition's shard has a state of. */
const known = async (partition: number) => [...(await view.stored(partition, [])).states.keys()];

describe('a record that makes the rules throw', () => {
  it('ends as a dead letter; those around it are folded, and the worker lives', async () => {
    const [before = '', bad = '', after = ''] = neighbours(0, 3);
    const worker = await system.startWorker('thrower');
    await sendAll(producer, [usage(before), usage(bad, `${THROWER}-1`), usage(after)]);
    await view.atRest(60_000);
    expect(await faults()).toEqual([`step-failed ${bad}`]);
    expect((await known(0)).sort()).toEqual([before, after].sort());
    expect((await readinessOf(worker.port)).status).toBe(200);
    await worker.stop();
  });
});

describe('a record that kills whoever folds it', () => {
  it('ends as a dead letter after five workers; those before, after and beside it are folded', async () => {
    const [before = '', victim = '', after = ''] = neighbours(1, 3);
    const [beside = ''] = neighbours(2, 1);
    await sendAll(producer, [usage(before), usage(victim, `${KILLER}-1`), usage(after), usage(beside)]);
    const codes: (number | null)[] = [];
    let worker: ServiceProcess | undefined;
    const stop = new AbortController();
    const supervise = async () => {
      while (!stop.signal.aborted) {
        worker = await system.startWorker('killed');
        codes.push(await worker.ended);
      }
    };
    const supervised = supervise();
    await eventually('the killer set aside', async () => expect(await faults()).toContain(`quarantined ${victim}`), {
      withinMs: 150_000,
      everyMs: 1_000,
    });
    await view.atRest(60_000);
    stop.abort();
    await worker?.stop();
    await supervised;
    expect(codes).toEqual([EXIT_CODE, EXIT_CODE, EXIT_CODE, EXIT_CODE, EXIT_CODE, 0]);
    expect((await faults()).filter((fault) => fault.startsWith('quarantined'))).toEqual([`quarantined ${victim}`]);
    expect((await known(1)).sort()).toEqual([before, after].sort());
    expect(await known(2)).toEqual([beside]);
    expect(readFileSync(join(system.logDir, 'killed.log'), 'utf8')).toMatch(/"code":"quarantined"/);
  });
});
