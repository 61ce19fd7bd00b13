import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isTimed } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { initialise, LOCAL_PLAN } from '../installation.ts';
import { LOG_DIR, type LocalServices, serviceEnvironment, startLocalServices } from '../local-services.ts';
import { type AlertListener, openAlertListener } from './alert-listener.ts';
import { countedCampaigns, funnelsBetween } from './campaign-funnels.ts';
import { playFigures } from './figures.ts';
import { createProgressTracker, type Progress } from './progress.ts';
import { between, createReadings, type Reading, type Readings } from './reading.ts';
import { type ReplaySummary, startReplayProcess } from './replay-process.ts';
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
  /** `what` says what is replayed. */
  begin(what: string): void;
  progress(progress: Progress): void;
}

export interface DemoRun {
  readonly summary: DemoSummary;
  readonly services: LocalServices;
}

/** Events a second, far below what the worker can do, so that latencies are not those of a queue. */
const STEADY_RATE = 2_000;
/** Enough for the windows of the plays to fill. */
const MEGALINE_DAYS = 35;
const READ_EVERY_MS = 500;
/** Silences held back by their feed are looked at every five seconds. */
const SETTLE_MS = 6_000;
/** Nothing new on the feed for so long, though decisions say there should be: they are for later. */
const QUIET_MS = 3_000;
/** Others may use the installation as well, so that it never is at rest. */
const MAX_LAST_READINGS = 60;

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
  // It reads its data while the rest is prepared, and touches nothing before it is told to begin.
  const simulator = startReplayProcess({
    environment: serviceEnvironment(addresses),
    words: simulatorWords(options, run),
    logDir: LOG_DIR,
  });
  let starting: Promise<LocalServices> | undefined;
  let listener: AlertListener | undefined;
  let readings: Readings | undefined;
  try {
    const { partitions } = await initialise(addresses, LOCAL_PLAN);
    view.step('topics, schemas and shards are there; starting worker, gateway, dispatcher');
    context.signal.throwIfAborted();
    readings = createReadings(addresses, partitions);
    starting = startLocalServices(addresses, { label: 'demo' });
    const [services, start, counted, prepared] = await Promise.all([
      starting,
      readings.read(),
      countedCampaigns(addresses),
      simulator.prepared,
    ]);
    listener = await openAlertListener({
      gatewayUrl: services.gatewayUrl,
      agentKey: services.keys.byRole.agent,
      isOurs: (customerId) => customerId.endsWith(`-${run}`),
    });
    context.signal.throwIfAborted();
    await simulator.begin();
    const beganMs = Date.now();
    view.begin(prepared);
    const followed = await follow({ readings, listener, start, replayed: simulator.done }, context);
    const endedMs = Date.now();
    const desk = await simulator.closeDesk();
    await folded(readings, context.signal);
    const summary = summarise({
      so: between(start, followed.reading),
      replay: followed.replay,
      alerts: listener.alerts,
      isSilence: silences(addresses),
      commandBeganMs: context.commandBeganMs,
      drainedAfterMs: followed.drainedMs - beganMs,
      endedMs,
      desk,
      campaigns: funnelsBetween(
        counted,
        await countedCampaigns(addresses),
        new Date(endedMs).toISOString().slice(0, 10),
      ),
    });
    return { summary, services };
  } catch (error) {
    await starting?.then(
      (services) => services.stop(),
      () => undefined,
    );
    throw error;
  } finally {
    listener?.close();
    await Promise.allSettled([simulator.stop(), readings?.close()]);
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

/** What the desk said last is in the figures once it is folded. */
async function folded(readings: Readings, signal: AbortSignal): Promise<void> {
  for (let reading = 0; reading < MAX_LAST_READINGS; reading++) {
    if ((await readings.read()).lag === 0) return;
    await delay(READ_EVERY_MS, undefined, { signal });
  }
}

function isSettled({ so, alerts }: Progress, sinceDrainedMs: number): boolean {
  if (sinceDrainedMs < SETTLE_MS) return false;
  const offers = playFigures(so.decisions).reduce((sum, play) => sum + play.offers, 0);
  const newest = alerts.at(-1)?.receivedAt ?? 0;
  return alerts.length >= offers || so.atMs - newest > QUIET_MS;
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
    '--desk',
    ...customers,
    ...pace,
  ];
}

/** The plays that a timer starts: nobody waits for their answer. */
function silences({ policyDir }: Addresses): (play: string) => boolean {
  const folder = loadPolicyFolder(policyDir);
  if (folder.kind === 'invalid') throw new StackFailure('the policy cannot be used', folder.text);
  return (play) => isTimed(folder.policy.triggers.get(play));
}
