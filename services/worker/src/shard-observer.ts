import type { EngineObserver, ShardId, ShardPhase } from '@holdfast/engine';
import { LATENCY_BUCKETS_SECONDS, type Logger, type Metrics } from '@holdfast/observability';

/** The same trouble of the same shard is logged once in so long; the counter has them all. */
const LOG_EVERY_MS = 10_000;

export interface ShardObserver extends EngineObserver {
  /** Reasons of the shards that stopped and wait for the operator. */
  stopped(): readonly { readonly partition: number; readonly reason: string; readonly message: string }[];
}

/** Turns what the engine tells into log lines and metrics. Labels carry shards and words, never customers. */
export function createShardObserver(metrics: Metrics, logger: Logger, now: () => number): ShardObserver {
  const records = metrics.counter({ name: 'records_total', help: 'Records folded, by outcome.', labels: ['outcome'] });
  const batches = metrics.counter({ name: 'commits_total', help: 'Micro-batches committed.' });
  const troubles = metrics.counter({ name: 'troubles_total', help: 'Troubles handled, by code.', labels: ['code'] });
  const kpis = metrics.counter({
    name: 'kpi_total',
    help: 'KPI increments committed, by campaign and cell.',
    labels: ['campaign', 'cell'],
    maxSeries: 1_000,
  });
  const released = metrics.counter({ name: 'released_total', help: 'Effects that left the outbox.', labels: ['kind'] });
  const outbox = metrics.gauge({ name: 'outbox_entries', help: 'Effects waiting, by shard.', labels: ['shard'] });
  const phases = metrics.gauge({ name: 'shard_running', help: '1 when the shard is served here.', labels: ['shard'] });
  const delay = metrics.histogram({
    name: 'fold_delay_seconds',
    help: 'From append to commit, for the last record of each batch.',
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const stopped = new Map<number, { reason: string; message: string }>();
  const logged = new Map<string, number>();
  const label = (shard: ShardId) => ({ shard: String(shard.partition) });

  const isDue = (key: string) => {
    const last = logged.get(key);
    if (last !== undefined && now() - last < LOG_EVERY_MS) return false;
    logged.set(key, now());
    return true;
  };

  return {
    stopped: () => [...stopped].map(([partition, detail]) => ({ partition, ...detail })),
    phase(shard, phase: ShardPhase, detail) {
      phases.set(label(shard), phase === 'running' ? 1 : 0);
      if (phase === 'stopped' && detail) {
        stopped.set(shard.partition, detail);
        logger.error({ shard: shard.partition, ...detail }, 'shard stopped');
        return;
      }
      stopped.delete(shard.partition);
      if (phase === 'waiting') logger.warn({ shard: shard.partition, ...detail }, 'shard lost, claiming again');
      else logger.debug({ shard: shard.partition, phase }, 'shard');
    },
    committed(shard, batch) {
      batches.increment({});
      for (const [outcome, count] of batch.outcomes) records.increment({ outcome }, count);
      for (const { campaign, cell, by } of batch.kpis) kpis.increment({ campaign, cell }, by);
      outbox.set(label(shard), batch.outboxLength);
      if (batch.lastAppendTime !== undefined) delay.observe({}, Math.max(0, now() - batch.lastAppendTime) / 1_000);
    },
    trouble(shard, code, message) {
      troubles.increment({ code });
      if (isDue(`${shard.partition}/${code}`))
        logger.warn({ shard: shard.partition, code, detail: message }, 'trouble');
    },
    released(shard, messages, jobs) {
      released.increment({ kind: 'message' }, messages);
      if (jobs > 0) released.increment({ kind: 'job' }, jobs);
      logger.debug({ shard: shard.partition, messages, jobs }, 'released');
    },
  };
}
