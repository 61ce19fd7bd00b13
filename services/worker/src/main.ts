import { setFlagsFromString } from 'node:v8';
import { CONTROL_TOPIC, createEncoder, DECISION_TOPIC, schemaTable } from '@holdfast/events';
import { createSchemaRegistry } from '@holdfast/kafka';
import {
  ConfigError,
  createHealth,
  createLateDependency,
  createLogger,
  createLoopWatch,
  createMetrics,
  createOpsServer,
  onShutdown,
  startService,
} from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { systemClock } from './clock.ts';
import { readConfig, type WorkerConfig } from './config.ts';
import { createFeedWatch } from './feed-watch.ts';
import { createLearnerObserver } from './learner-observer.ts';
import { createShardObserver } from './shard-observer.ts';
import { showStandings } from './standing-metrics.ts';
import { SESSION_TIMEOUT_MS, startWorker, type Worker } from './worker.ts';
import { checkWorker, fetchSilentMs, STALLED_MS } from './worker-health.ts';

const SERVICE = 'worker';
/**
 * What lives here is small and what passes through is much: left alone, the collector lets the heap grow to four times
 * what lives before it looks at the old generation. Twice is enough: below that it looks more often than it finds.
 */
const HEAP_GROWTH = '--heap-growing-percent=100';
/** How often it is looked which feeds hold timers back, and whether fetches end. */
const LOOK_MS = 10_000;

async function main(): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = readConfig();
  const logger = createLogger({ service: SERVICE, level: config.logLevel });
  const { policy, warnings } = readPolicy(config);
  for (const warning of warnings) logger.warn({ warning }, 'policy');
  const metrics = createMetrics({ service: SERVICE });
  const health = createHealth();
  const observer = createShardObserver(metrics, logger, () => Date.now());
  const learning = createLearnerObserver(metrics, logger, systemClock.now);
  let worker: Worker | undefined;

  const registry = createSchemaRegistry({ url: config.registryUrl });
  const written = schemaTable().filter(({ topic }) => topic === DECISION_TOPIC || topic === CONTROL_TOPIC);
  const encoder = createLateDependency(async () => createEncoder(await registry.idsOf(written)), {
    name: 'schema registry',
    logger,
  });
  const standings = () => worker?.standings() ?? [];
  metrics.observedGauge({ name: 'shards_owned', help: 'Shards assigned here.' }, () => standings().length);
  showStandings(metrics, { standings, groupId: config.groupId, now: systemClock.now });
  checkWorker(health, { view: () => worker, stopped: observer.stopped, now: systemClock.now });
  health.readiness('registry', encoder.check);
  const loopWatch = createLoopWatch({
    logger,
    metrics,
    onStall: (stalledMs) => {
      if (stalledMs >= SESSION_TIMEOUT_MS) worker?.giveUpShards(`the event loop stood still for ${stalledMs} ms`);
    },
  });
  const feeds = createFeedWatch(logger);
  const silentMs = () => fetchSilentMs(worker, systemClock.now());
  metrics.observedGauge(
    { name: 'fetch_silent_seconds', help: 'Since the last fetch cycle ended, while the broker answers.' },
    () => silentMs() / 1_000,
  );
  const look = () => {
    feeds.look(standings());
    if (silentMs() >= STALLED_MS)
      logger.error({ silentMs: silentMs() }, 'fetches do not end though the broker answers');
  };
  setInterval(look, LOOK_MS).unref();

  const ops = await createOpsServer({ host: config.host, port: config.port, metrics, health });
  const shutdown = onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'stop asking the registry', run: () => encoder.close() },
      { name: 'give shards back, leave the group, close clients', run: () => worker?.close() },
      { name: 'close the registry and the pages', run: () => ops.close().then(() => registry.close()) },
      { name: 'stop watching', run: () => loopWatch.close() },
    ],
    { logger },
  );
  logger.info({ port: ops.port, policy: policy.version }, 'listening');
  const ready = await encoder.arrived();
  if (!ready) return;
  worker = await startWorker(config, { policy, observer, learning, logger, registry, encoder: ready });
  void worker.crashed.then((error) => {
    logger.fatal({ err: error }, 'the consumer crashed');
    return shutdown.begin('crash', 1);
  });
  logger.info({ port: ops.port, policy: policy.version }, 'ready');
}

/** Throws `ConfigError` with a line per finding: file, line, column, what is wrong and what was meant. */
function readPolicy(config: WorkerConfig): { policy: CompiledPolicy; warnings: readonly string[] } {
  const folder = loadPolicyFolder(config.policyDir);
  if (folder.kind === 'ok') return folder;
  throw new ConfigError(folder.text.split('\n').map((line) => `policy: ${line}`));
}

await startService(SERVICE, main);
