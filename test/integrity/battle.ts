import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { startStack } from '@holdfast/testkit/stack';
import { startSystem } from '@holdfast/testkit/system';
import { type Chance, createChance } from './chance.ts';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { CHANNEL, type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { type Findings, judge } from './judgement.ts';
import { type Battlefield, type Fault, rage, type Strike } from './nemesis.ts';
import { openProducer } from './steady-stream.ts';
import { supervise } from './supervised.ts';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { startTraffic } from './traffic.ts';

export interface BattleOptions {
  /** Of all choices: which fault, when, on whom. */
  readonly seed: number;
  readonly seconds: number;
  /** One nemesis for each list; they strike at the same time. */
  readonly faults: readonly (readonly Fault[])[];
  readonly perSecond?: number;
  /** False: whether contacts are delivered or not is not waited for. Default true. */
  readonly isEndAwaited?: boolean;
  /** More variables for the worker processes. */
  readonly workerEnvironment?: Readonly<Record<string, string>>;
}

/** What was done to an installation, and what it was like afterwards, at rest. */
export interface Battle {
  readonly strikes: readonly Strike[];
  readonly events: number;
  readonly customers: number;
  /** Last event acknowledged, ms. */
  readonly trafficEndMs: number;
  /** Processes started, first starts included. */
  readonly starts: number;
  readonly evidence: Evidence;
  readonly rules: Rules;
  /** Where that is not what a clean fold of the log gives; nothing when every promise was kept. */
  readonly findings: Findings;
}

const WORKERS = ['worker-1', 'worker-2', 'worker-3'];
const PER_SECOND = 150;
const REST_WITHIN_MS = 120_000;

/**
 * Three workers, dispatcher and gateway on a broker, a registry and a Redis of their own, native processes all of them,
 * under steady traffic; a nemesis strikes; then everything comes to rest and the evidence is read.
 */
export async function fight(options: BattleOptions): Promise<Battle> {
  const undo: (() => Promise<void> | void)[] = [];
  const [fought] = await Promise.allSettled([fightIn(options, undo)]);
  const failures = fought.status === 'rejected' ? [fought.reason] : [];
  for (const step of undo.reverse()) {
    const [undone] = await Promise.allSettled([(async () => step())()]);
    if (undone.status === 'rejected') failures.push(undone.reason);
  }
  // The first says what happened; what then could not be ended in order is its consequence.
  if (fought.status === 'rejected' || failures.length > 0) throw failures[0];
  return fought.value;
}

async function fightIn(options: BattleOptions, undo: (() => Promise<void> | void)[]): Promise<Battle> {
  const chance = createChance(options.seed);
  const stack = await startStack({ kind: 'native' });
  undo.push(() => stack.stop());
  const wires = await Promise.all([...WORKERS, 'the others'].map(() => createTcpProxy(portOf(stack.redisUrl))));
  undo.push(async () => void (await Promise.all(wires.map((wire) => wire.close()))));
  const policyDir = policyWithDeadlines();
  undo.push(() => rmSync(policyDir, { recursive: true }));
  const system = await startSystem(stack, {
    workers: 0,
    dispatchers: 0,
    partitions: PARTITIONS,
    policyDir,
    environment: through(wires.at(-1)),
    workerEnvironment: { HOLDFAST_JOURNAL: 'on', ...options.workerEnvironment },
    queueRedisUrl: `${stack.redisUrl}/1`,
  });
  undo.push(() => system.stop());
  const workers = WORKERS.map((label, i) => {
    const wire = wires[i] as TcpProxy;
    return Object.assign(
      supervise(label, () => system.startWorker(label, through(wire))),
      { wire },
    );
  });
  const dispatcher = supervise('dispatcher', () => system.startDispatcher('dispatcher'));
  const members = [...workers, dispatcher];
  undo.push(async () => void (await Promise.all(members.map((member) => member.retire()))));
  const view = viewInstallation(system.addresses, [CHANNEL], options.isEndAwaited === false ? [] : [CHANNEL]);
  undo.push(() => view.close());
  const rules = await createRules(stack.registryUrl, policyDir);
  const producer = await openProducer(stack);
  undo.push(() => producer.close());
  await Promise.all(members.map((member) => member.running()));

  const traffic = startTraffic(producer, {
    perSecond: options.perSecond ?? PER_SECOND,
    prefix: `c${options.seed}`,
    chance: createChance(options.seed + 1),
  });
  await view.served();
  const field: Battlefield = { stack, workers, dispatcher, wires, startWorker: system.startWorker };
  const strikes = await strikeTogether(field, options, chance);
  await traffic.stop();
  const trafficEndMs = Date.now();
  const evidence = await atRest(view, rules);
  const starts = members.reduce((sum, member) => sum + member.starts, 0);
  // A broker that dies between append and answer is sent the batch again: copies in the log, known by their contact id.
  // A Redis before 7.2 cannot be asked whether the disk has a write. Killed while its disk is busy with a sync, it loses up to
  // two seconds of what it acknowledged, and decisions that were released by then are adopted.
  const findings = await judge(evidence, rules, { mayRepeatDecisions: true, hasLostWrites: true });
  return {
    strikes,
    events: traffic.sent,
    customers: traffic.customers,
    trafficEndMs,
    starts,
    evidence,
    rules,
    findings,
  };
}

/** Addresses of shards and queue through the wire. */
export function through(wire: TcpProxy | undefined): Record<string, string> {
  const url = `redis://127.0.0.1:${wire?.port}`;
  return { HOLDFAST_REDIS_URL: url, HOLDFAST_QUEUE_REDIS_URL: `${url}/1` };
}

export function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function atRest(view: InstallationView, rules: Rules): Promise<Evidence> {
  await view.atRest(REST_WITHIN_MS);
  return gatherEvidence(view, rules);
}

async function strikeTogether(
  field: Battlefield,
  { seconds, faults, seed }: BattleOptions,
  chance: Chance,
): Promise<readonly Strike[]> {
  const rages = faults.map((list, i) =>
    rage(field, { seconds, faults: list, chance: i === 0 ? chance : createChance(seed + 10 * i) }),
  );
  return (await Promise.all(rages)).flat().sort((a, b) => a.fromMs - b.fromMs);
}

/**
 * The default policy, but service credits go by e-mail, at any hour, within twenty seconds. Nobody delivers e-mail: their
 * deadlines pass in the middle of the run.
 */
function policyWithDeadlines(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  rewrite(
    join(dir, 'offers.yaml'),
    'validFor: 48h\n    channels: [call-centre]',
    'validFor: 20s\n    channels: [email]',
  );
  rewrite(join(dir, 'rules.yaml'), 'channels: [sms, app-push, email]', 'channels: [sms, app-push]');
  return dir;
}

export function rewrite(file: string, find: string, replace: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(find)) throw new Error(`the default policy no longer says ${find}`);
  writeFileSync(file, text.replace(find, replace));
}
