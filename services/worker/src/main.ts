import { setFlagsFromString } from 'node:v8';
import { createEncoder, DECISION_TOPIC, schemaTable } from '@holdfast/events';
import { createSchemaRegistry } from '@holdfast/kafka';
import {
  ConfigError,
  createHealth,
  createLateDependency,
  createLogger,
  createMetrics,
  createOpsServer,
  onShutdown,
  startService,
} from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { readConfig, type WorkerConfig } from './config.ts';
import { createShardObserver } from './shard-observer.ts';
import { startWorker, type Worker } from './worker.ts';

const SERVICE = 'worker';
/**
 * What lives here is small and what passes through is much: left alone, the collector lets the heap grow to four times
 * what lives before it looks at the old generation.
 */
const HEAP_GROWTH = '--heap-growing-percent=30';
/** A consumer that fetched nothing and waited for nothing for so long hangs. */
const STALLED_MS = 30_000;

async function main(): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = readConfig();
  const logger = createLogger({ service: SERVICE, level: config.logLevel });
  const { policy, warnings } = readPolicy(config);
  for (const warning of warnings) logger.warn({ warning }, 'policy');
  const metrics = createMetrics({ service: SERVICE });
  const health = createHealth();
  const observer = createShardObserver(metrics, logger, () => Date.now());
  let worker: Worker | undefined;

  const registry = createSchemaRegistry({ url: config.registryUrl });
  const decisions = schemaTable().filter((entry) => entry.topic === DECISION_TOPIC);
  const encoder = createLateDependency(async () => createEncoder(await registry.idsOf(decisions)), {
    name: 'schema registry',
    logger,
  });
  metrics.observedGauge({ name: 'shards_owned', help: 'Shards assigned here.' }, () => worker?.shards().size ?? 0);
  health.liveness('fetch', () => {
    const silentMs = worker ? Date.now() - worker.lastFetchAt() : 0;
    return silentMs < STALLED_MS ? { ok: true } : { ok: false, reason: `no fetch cycle for ${silentMs} ms` };
  });
  health.readiness('registry', encoder.check);
  health.readiness('shards', () => {
    const stopped = observer.stopped()[0];
    return stopped ? { ok: false, reason: `shard ${stopped.partition} stopped: ${stopped.reason}` } : { ok: true };
  });

  const ops = await createOpsServer({ host: config.host, port: config.port, metrics, health });
  const shutdown = onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'stop asking the registry', run: () => encoder.close() },
      { name: 'give shards back, leave the group, close clients', run: () => worker?.close() },
      { name: 'close the registry and the pages', run: () => ops.close().then(() => registry.close()) },
    ],
    { logger },
  );
  logger.info({ port: ops.port, policy: policy.version }, 'listening');
  const ready = await encoder.arrived();
  if (!ready) return;
  worker = await startWorker(config, { policy, observer, logger, registry, encoder: ready });
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
