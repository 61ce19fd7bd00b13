import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { initialise } from '../installation.ts';
import { type AlertListener, openAlertListener } from './alert-listener.ts';
import { playFigures } from './figures.ts';
import { createProgressTracker, type Progress } from './progress.ts';
import { between, createReadings, type Reading, type Readings } from './reading.ts';
import { type ReplaySummary, startReplayProcess } from './replay-process.ts';
import { type DemoServices, LOG_DIR, serviceEnvironment, startDemoServices } from './services.ts';
import { type DemoSummary, summarise } from './summary.ts';

export interface DemoOptions {
  readonly source: string;
  readonly events: number;
  /** Recorded time so many times faster, 0 as fast as possible; undefined: at a steady rate. */
  readonly speed: number | undefined;
}

export interface DemoView {
  /** A step of the preparation. */
  step(line: string): void;
  begin(source: string): void;
  progress(progress: Progress): void;
}

export interface DemoRun {
  readonly summary: DemoSummary;
  readonly services: DemoServices;
}

const PLAN = { partitions: 8, replicationFactor: 1, rebuild: false };
/** Events a second, far below what the worker can do, so that latencies are not those of a queue. */
const STEADY_RATE = 2_000;
const MEGALINE_DAYS = 35;
const READ_EVERY_MS = 500;
/** Silences held back by their feed are looked at every five seconds. */
const SETTLE_MS = 6_000;
/** Nothing new on the feed for so long, though decisions say there should be: they are for later. */
const QUIET_MS = 3_000;

/**
 * Runs a replay through the real services and measures what comes of it. The services still run when it resolves, for the
 * caller to stop; when it rejects they are stopped.
 */
export async function runDemo(
  addresses: Addresses,
  options: DemoOptions,
  context: { readonly view: DemoView; readonly signal: AbortSignal; readonly commandBeganMs: number },
): Promise<DemoRun> {
  const { view } = context;
  const run = `r${randomBytes(3).toString('hex')}`;
  const isInstalled = await hasShards(addresses);
  if (!isInstalled) {
    view.step('init: schemas, topics, shards');
    await initialise(addresses, PLAN);
  }
  view.step('starting worker, gateway, dispatcher and simulator');
  const simulator = startReplayProcess({
    environment: serviceEnvironment(addresses),
    words: simulatorWords(options, run),
    logDir: LOG_DIR,
  });
  const installing = isInstalled ? initialise(addresses, PLAN) : undefined;
  let services: DemoServices | undefined;
  let listener: AlertListener | undefined;
  let readings: Readings | undefined;
  try {
    services = await startDemoServices(addresses);
    const installation = await installing;
    listener = await openAlertListener({
      gatewayUrl: services.gatewayUrl,
      agentKey: services.keys.agent,
      isOurs: (customerId) => customerId.endsWith(`-${run}`),
    });
    readings = createReadings(addresses, installation?.partitions ?? PLAN.partitions);
    const start = await readings.read();
    view.step(await simulator.prepared);
    context.signal.throwIfAborted();
    const beganMs = Date.now();
    simulator.begin();
    view.begin(options.source);
    const followed = await follow({ readings, listener, start, replayed: simulator.done }, context);
    const summary = summarise({
      so: between(start, followed.reading),
      replay: followed.replay,
      alerts: listener.alerts,
      isSilence: silences(addresses),
      commandBeganMs: context.commandBeganMs,
      drainedAfterMs: followed.drainedMs - beganMs,
      endedMs: Date.now(),
    });
    return { summary, services };
  } catch (error) {
    await services?.stop();
    throw error;
  } finally {
    listener?.close();
    await Promise.allSettled([simulator.stop(), readings?.close(), installing]);
  }
}

interface Followed {
  readonly reading: Reading;
  readonly replay: ReplaySummary;
  /** When everything sent was folded, ms since the epoch. */
  readonly drainedMs: number;
}

/** Reads on until everything sent is folded, silences had their look, and the alerts decided on are here. */
async function follow(
  of: {
    readonly readings: Readings;
    readonly listener: AlertListener;
    readonly start: Reading;
    readonly replayed: Promise<ReplaySummary>;
  },
  { view, signal }: { readonly view: DemoView; readonly signal: AbortSignal },
): Promise<Followed> {
  const tracker = createProgressTracker(of.start, of.listener.alerts);
  let replay: ReplaySummary | undefined;
  let failure: unknown;
  of.replayed.then(
    (summary) => {
      replay = summary;
    },
    (error) => {
      failure = error;
    },
  );
  let drainedMs: number | undefined;
  for (;;) {
    await delay(READ_EVERY_MS, undefined, { signal });
    if (failure) throw failure;
    // What the simulator has said by now was sent before the reading.
    const finished = replay;
    const reading = await of.readings.read();
    const progress = tracker.take(reading);
    view.progress(progress);
    if (!finished || reading.lag > 0) continue;
    drainedMs ??= reading.atMs;
    if (isSettled(progress, reading.atMs - drainedMs)) return { reading, replay: finished, drainedMs };
  }
}

function isSettled({ so, alerts }: Progress, sinceDrainedMs: number): boolean {
  if (sinceDrainedMs < SETTLE_MS) return false;
  const offers = playFigures(so.decisions).reduce((sum, play) => sum + play.offers, 0);
  const newest = alerts.at(-1)?.receivedAt ?? 0;
  return alerts.length >= offers || so.atMs - newest > QUIET_MS;
}

async function hasShards(addresses: Addresses): Promise<boolean> {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    return (await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition: 0 })) !== null;
  } finally {
    await store.close();
  }
}

function simulatorWords({ source, events, speed }: DemoOptions, run: string): readonly string[] {
  const pace = speed === undefined ? ['--rate', String(STEADY_RATE)] : ['--speed', String(speed)];
  // About 250 events each; fewer customers would leave no ordinary ones.
  const customers = ['--customers', String(Math.max(40, Math.floor(events / 250)))];
  return [
    '--source',
    source,
    '--events',
    String(events),
    '--run',
    run,
    '--days',
    String(MEGALINE_DAYS),
    ...customers,
    ...pace,
  ];
}

/** The plays that answer a silence. */
function silences({ policyDir }: Addresses): (play: string) => boolean {
  const folder = loadPolicyFolder(policyDir);
  if (folder.kind === 'invalid') throw new StackFailure('the policy cannot be used', folder.text);
  return (play) => folder.policy.triggers.get(play)?.absence !== undefined;
}
