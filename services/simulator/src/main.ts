import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createEncoder, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, describeTopics } from '@holdfast/kafka';
import { createLogger, startService } from '@holdfast/observability';
import { readConfig, type SimulatorConfig } from './config.ts';
import { type DeskSession, type DeskSessionDeps, openDesk } from './desk-session.ts';
import { DEFAULT_TRUTH } from './ground-truth.ts';
import { planReplay, type Replay } from './replay.ts';
import { type SenderDeps, type SendResult, sendTimeline } from './sender.ts';
import { heartbeats } from './timeline.ts';

const SERVICE = 'simulator';
const CLIENT_ID = 'holdfast-simulator';
/** Recorded history ends a little in the past: what follows it comes later. */
const END_BEFORE_NOW_MS = 60_000;
const PROGRESS_EVERY_MS = 1_000;

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2));
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const replay = await prepare(config, stopping.signal);
  if (replay) await send(replay, config, stopping.signal);
}

/** Everything that needs neither broker nor registry. Undefined when it was stopped while it waited. */
async function prepare(config: SimulatorConfig, signal: AbortSignal): Promise<Replay | undefined> {
  const plan = () => planReplay(config, Date.now() - END_BEFORE_NOW_MS);
  const replay = plan();
  say(`${replay.source}: ${replay.entries.length} events of ${replay.customers} customers`);
  if (!config.wait) return replay;
  say('waiting');
  await oneLine(signal);
  if (signal.aborted) return undefined;
  // After a long wait the recording would end too far in the past.
  const ageMs = Date.now() - (replay.entries.at(-1)?.atMs ?? 0);
  return ageMs > 2 * END_BEFORE_NOW_MS ? plan() : replay;
}

async function send(replay: Replay, config: SimulatorConfig, signal: AbortSignal): Promise<void> {
  const partitions = await usagePartitions(config);
  const registry = createSchemaRegistry({ url: config.registryUrl });
  const encoder = createEncoder(await registry.idsOf(schemaTable()));
  const logger = createLogger({ service: SERVICE, level: 'warn' });
  const producer = createEventProducer(
    { brokers: config.brokers, ...config.kafkaSecurity, clientId: CLIENT_ID },
    { encoder, logger },
  );
  let desk: DeskSession | undefined;
  try {
    if (config.desk) desk = await openDeskOf(config, replay, { registry, send: producer.send, signal });
    say('sending');
    const deps: SenderDeps = { send: producer.send, now: () => Date.now(), sleep };
    const progress = createProgress(replay.entries.length);
    const result = await sendTimeline(replay.entries, config.pace, deps, { signal, progress });
    const endMs = replay.entries.at(-1)?.atMs ?? Date.now();
    const beats = signal.aborted ? [] : await producer.send(heartbeats(replay.feeds, partitions, endMs));
    const accepted = beats.filter(({ kind }) => kind === 'accepted').length;
    process.stdout.write(`${JSON.stringify(summaryOf(config, replay, result, accepted))}\n`);
    if (result.lost > 0) process.exitCode = 1;
    if (desk) await aborted(signal);
  } finally {
    if (desk) process.stdout.write(`${JSON.stringify({ desk: await desk.close() })}\n`);
    await producer.close();
    registry.close();
  }
}

/** Answers customers of the replay alone: they are ours by their names, which a run has for itself. */
function openDeskOf(
  { brokers, seed, run }: SimulatorConfig,
  { entries }: Replay,
  { registry, send, signal }: Pick<DeskSessionDeps, 'registry' | 'send'> & { readonly signal: AbortSignal },
): Promise<DeskSession> {
  const ours = new Set(entries.map(({ event }) => event.customerId));
  const feed = run === '' ? 'simulated:desk' : `simulated:desk/${run}`;
  return openDesk(
    { truth: DEFAULT_TRUTH, seed, feed, isOurs: (customerId) => ours.has(customerId) },
    {
      ...{ client: { brokers, clientId: CLIENT_ID }, registry, send, now: () => Date.now() },
      failed(error) {
        // Without a desk the replay goes on; when it is asked to wait for one, it fails.
        say(`the desk closed: ${error.message}`);
        if (!signal.aborted) process.exitCode = 1;
      },
    },
  );
}

/** Resolves when the signal aborts. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await once(signal, 'abort');
}

async function usagePartitions({ brokers }: SimulatorConfig): Promise<number> {
  const [usage] = await describeTopics({ brokers, clientId: CLIENT_ID, topics: [INPUT_TOPICS.usage] });
  if (usage) return usage.partitions;
  throw new Error(`topic ${INPUT_TOPICS.usage} does not exist; run holdfast init`);
}

/** Everything counted here was answered by the log; what became of it is for the worker to say. */
function summaryOf(config: SimulatorConfig, replay: Replay, result: SendResult, heartbeatCount: number) {
  const { entries, source, customers, badRows, notes, truth } = replay;
  const seconds = result.elapsedMs / 1_000;
  return {
    source,
    run: config.run,
    customers,
    planned: entries.length,
    sent: result.accepted,
    rejected: result.rejected,
    rejections: result.rejections,
    lost: result.lost,
    heartbeats: heartbeatCount,
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: seconds > 0 ? Math.round(result.accepted / seconds) : 0,
    behindMs: result.behindMs,
    firstEventAt: isoOf(entries[0]?.atMs),
    lastEventAt: isoOf(entries.at(-1)?.atMs),
    badRows,
    notes,
    ...(config.truth ? { truth } : {}),
  };
}

function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function createProgress(total: number): (sent: number) => void {
  let nextMs = 0;
  return (sent) => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + PROGRESS_EVERY_MS;
    say(`sent ${sent} of ${total}`);
  };
}

function say(line: string): void {
  process.stderr.write(`simulator: ${line}\n`);
}

/** Resolves with a line, with the end of the input, or when the signal aborts. */
async function oneLine(signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([once(lines, 'line'), once(lines, 'close'), over]);
  lines.close();
  process.stdin.destroy();
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

await startService(SERVICE, main);
