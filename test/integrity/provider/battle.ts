import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startStack } from '@holdfast/testkit/stack';
import { startSystem } from '@holdfast/testkit/system';
import { anyFreePort } from '../../../infra/stack/index.mjs';
import { portOf, through } from '../battle.ts';
import { createChance } from '../chance.ts';
import { createRules, type Evidence, gatherEvidence, type Rules } from '../evidence.ts';
import { PARTITIONS, viewInstallation } from '../installation-view.ts';
import { type Findings, judge } from '../judgement.ts';
import { rage, type Strike } from '../nemesis.ts';
import { openProducer } from '../steady-stream.ts';
import { type Supervised, supervise } from '../supervised.ts';
import { createTcpProxy } from '../tcp-proxy.ts';
import { startTraffic } from '../traffic.ts';
import { CHANNEL_FILE, IDEMPOTENT, SERVED, writeChannels, writePolicy } from './battlefield-files.ts';
import { type DeliveryField, DISPATCHER_FAULTS, QUEUE_FAULTS } from './dispatcher-faults.ts';
import { type DeliveryEvidence, gatherDeliveries } from './evidence.ts';
import { type DeliveryFindings, judgeDeliveries } from './judgement.ts';
import { startOptOuts } from './opt-outs.ts';
import { quietMinutesFrom, zoneOf } from './quiet-minutes.ts';
import { startRecordingProvider } from './recording-provider.ts';

export interface DeliveryBattleOptions {
  /** Of all choices: faults, stories, moods of the provider. */
  readonly seed: number;
  readonly seconds: number;
  readonly perSecond?: number;
}

/** What was done to the dispatchers, and what the provider and everybody else knew afterwards, at rest. */
export interface DeliveryBattle {
  readonly strikes: readonly Strike[];
  readonly events: number;
  readonly starts: number;
  readonly evidence: Evidence;
  readonly rules: Rules;
  readonly deliveries: DeliveryEvidence;
  readonly findings: Findings & DeliveryFindings;
}

const DISPATCHERS = ['dispatcher-1', 'dispatcher-2'];
const PER_SECOND = 120;
const REST_WITHIN_MS = 180_000;

type Undo = (() => unknown)[];

/**
 * Two dispatchers between a worker and a provider of bad manners, with quiet minutes, short deadlines and customers who
 * withdraw their consent; a nemesis strikes the dispatchers and their Redis; then everything comes to rest and is judged.
 */
export async function fightForDeliveries(options: DeliveryBattleOptions): Promise<DeliveryBattle> {
  const undo: Undo = [];
  try {
    return await fightIn(options, undo);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function fightIn(options: DeliveryBattleOptions, undo: Undo): Promise<DeliveryBattle> {
  const { seed, perSecond = PER_SECOND } = options;
  const quiet = quietMinutesFrom(Date.now());
  const policyDir = writePolicy(quiet);
  undo.push(() => rmSync(policyDir, { recursive: true }));
  const token = randomBytes(16).toString('hex');
  const ports = await Promise.all(DISPATCHERS.map(() => anyFreePort()));
  const provider = await startRecordingProvider({
    ...{ seed, token, reporting: new Set([IDEMPOTENT]) },
    callbackUrls: ports.map((port) => `http://127.0.0.1:${port}`),
  });
  undo.push(() => provider.close());
  const channelsDir = writeChannels(provider.url, token);
  undo.push(() => rmSync(channelsDir, { recursive: true }));
  const channelsFile = join(channelsDir, CHANNEL_FILE);
  const { field, view, system, producer, stack } = await build({ policyDir, channelsFile, ports }, undo);
  const rules = await createRules(stack.registryUrl, policyDir);
  await Promise.all(field.dispatchers.map((dispatcher) => dispatcher.running()));

  const prefix = `c${seed}`;
  const traffic = startTraffic(producer, {
    ...{ perSecond, prefix, chance: createChance(seed + 1) },
    more: (event) => (event.type === 'CustomerRegistered' ? { ...event, timeZone: zoneOf(event.customerId) } : event),
  });
  await view.served();
  const optOuts = startOptOuts({ ...system, producer, traffic, prefix, chance: createChance(seed + 2) });
  const strikes = await strikeTogether(field, options);
  await optOuts.stop();
  await traffic.stop();
  // A report of the provider is folded as well.
  await view.atRest(REST_WITHIN_MS);
  await provider.settled();
  await view.atRest(REST_WITHIN_MS);
  const evidence = await gatherEvidence(view, rules);
  const deliveries = await gatherDeliveries(evidence, {
    ...{ rules, provider: provider.record, held: optOuts.held },
    stops: strikes.filter(({ name }) => name.includes('stopped')),
  });
  // An answer of Redis or broker that was lost lets a decision be written again: copies, known by their contact id.
  const folded = await judge(evidence, rules, { mayRepeatDecisions: true });
  return {
    ...{ strikes, events: traffic.sent, evidence, rules, deliveries },
    starts: field.dispatchers.reduce((sum, { starts }) => sum + starts, 0),
    findings: { ...folded, ...judgeDeliveries(deliveries, quiet) },
  };
}

interface Plan {
  readonly policyDir: string;
  readonly channelsFile: string;
  readonly ports: readonly number[];
}

/** Native processes on a stack of their own. */
async function build({ policyDir, channelsFile, ports }: Plan, undo: Undo) {
  const stack = await startStack({ kind: 'native' });
  undo.push(() => stack.stop());
  const [wire, ...dispatcherWires] = await Promise.all(
    ['the others', ...DISPATCHERS].map(() => createTcpProxy(portOf(stack.redisUrl))),
  );
  const wires = [...(wire ? [wire] : []), ...dispatcherWires];
  undo.push(() => Promise.all(wires.map((one) => one.close())));
  const system = await startSystem(stack, {
    ...{ workers: 1, dispatchers: 0, partitions: PARTITIONS, policyDir, environment: through(wire) },
    workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
    queueRedisUrl: `${stack.redisUrl}/1`,
  });
  undo.push(() => system.stop());
  const dispatchers: Supervised[] = DISPATCHERS.map((label, i) =>
    supervise(label, () =>
      system.startDispatcher(label, {
        ...through(dispatcherWires[i]),
        HOLDFAST_CHANNELS_FILE: channelsFile,
        HOLDFAST_CALLBACK_PORT: String(ports[i]),
      }),
    ),
  );
  undo.push(() => Promise.all(dispatchers.map((dispatcher) => dispatcher.retire())));
  const view = viewInstallation(system.addresses, SERVED);
  undo.push(() => view.close());
  const producer = await openProducer(stack);
  undo.push(() => producer.close());
  const field: DeliveryField = { stack, dispatchers, wires };
  return { field, view, system, producer, stack };
}

async function strikeTogether(field: DeliveryField, { seconds, seed }: DeliveryBattleOptions) {
  const rages = [DISPATCHER_FAULTS, QUEUE_FAULTS].map((faults, i) =>
    rage(field, { seconds, faults, chance: createChance(seed + 10 * i) }),
  );
  return (await Promise.all(rages)).flat().sort((a, b) => a.fromMs - b.fromMs);
}
