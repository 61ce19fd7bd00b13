import {
  createHealth,
  createLogger,
  createMetrics,
  createOpsServer,
  describeError,
  onShutdown,
} from '@holdfast/observability';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { readConfig } from './config.ts';
import { createShardObserver } from './shard-observer.ts';
import { startWorker } from './worker.ts';

const STALLED_MS = 30_000;

try {
  const config = readConfig(process.env);
  const logger = createLogger({ service: 'worker', level: config.logLevel });
  const folder = loadPolicyFolder(config.policyDir);
  if (folder.kind === 'invalid') throw new Error(`the policy cannot be used:\n${folder.text}`);
  for (const warning of folder.warnings) logger.warn({ warning }, 'policy');

  const metrics = createMetrics({ service: 'worker' });
  const health = createHealth();
  const observer = createShardObserver(metrics, logger, () => Date.now());
  const worker = await startWorker(config, { policy: folder.policy, observer, logger });
  metrics.observedGauge({ name: 'shards_owned', help: 'Shards served here.' }, () => worker.engine.phases().size);
  health.liveness('fetch', () => {
    const silentMs = Date.now() - worker.log.lastFetchAt();
    return silentMs < STALLED_MS ? { ok: true } : { ok: false, reason: `no fetch cycle for ${silentMs} ms` };
  });
  health.readiness('shards', () => {
    const stopped = observer.stopped()[0];
    return stopped ? { ok: false, reason: `shard ${stopped.partition} stopped: ${stopped.reason}` } : { ok: true };
  });
  const ops = await createOpsServer({ host: config.host, port: config.port, metrics, health });

  // 1 not ready any more, 2 shards given back and group left, 3 clients closed, 4 pages closed.
  const shutdown = onShutdown(
    [
      { name: 'drain', run: () => health.drain('stopping') },
      { name: 'engine and clients', run: () => worker.close() },
      { name: 'pages', run: () => ops.close() },
    ],
    { logger },
  );
  void worker.engine.crashed.then((error) => {
    logger.fatal({ err: describeError(error) }, 'the consumer crashed');
    return shutdown.begin('crash', 1);
  });
  logger.info({ port: ops.port, policy: folder.policy.version }, 'ready');
} catch (error) {
  process.stderr.write(`holdfast worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
  // Connections opened before the failure would keep the process alive.
  process.exit();
}
