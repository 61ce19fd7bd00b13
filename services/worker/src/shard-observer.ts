import type { EngineObserver, ShardId, ShardPhase } from '@holdfast/engine';
import { LATENCY_BUCKETS_SECONDS, type Logger, type Metrics } from '@holdfast/observability';
import { kpiSeries } from '@holdfast/telecom';

/** The same trouble of the same shard is logged once in so long; the counter has them all. */
const LOG_EVERY_MS = 10_000;

export interface ShardObserver extends EngineObserver {
  /** Reasons of the shards that stopped and wait for the operator. */
  stopped(): readonly { readonly partition: number; readonly reason: string; readonly message: string }[];
}

/** Turns what the engine tells into log lines and metrics. Labels carry shards and words, never customers. */
export function createShardObserver(metrics: Metrics, logger: Logger, now: () => number): ShardObserver {
  const records = metrics.counter({ name: 'records_total', help: 'Records folded, by outcome.', labels: ['outcome'] });
  const late = metrics.counter({
    name: 'late_total',
    help: 'Events that came late, by source: folded where they still belong, else set aside as dead letters.',
    labels: ['source'],
  });
  const batches = metrics.counter({ name: 'commits_total', help: 'Micro-batches committed.' });
  const troubles = metrics.counter({ name: 'troubles_total', help: 'Troubles handled, by code.', labels: ['code'] });
  const kpis = metrics.counter({
    name: 'kpi_total',
    help: 'KPI increments committed, by campaign and by arm and event (decisions: by play and outcome).',
    labels: ['campaign', 'cell'],
    maxSeries: 1_000,
  });
  const released = metrics.counter({ name: 'released_total', help: 'Effects that left the outbox.', labels: ['kind'] });
  const outbox = metrics.gauge({ name: 'outbox_entries', help: 'Effects waiting, by shard.', labels: ['shard'] });
  const phases = metrics.gauge({ name: 'shard_running', help: '1 when the shard is served here.', labels: ['shard'] });
  const lost = metrics.counter({ name: 'claims_lost_total', help: 'Claims that ended, by why.', labels: ['reason'] });
  const stops = metrics.counter({
    name: 'shard_stops_total',
    help: 'Shards that stopped, by why.',
    labels: ['reason'],
  });
  const delay = metrics.histogram({
    name: 'fold_delay_seconds',
    help: 'From append to commit, for the last record of each batch.',
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const stopped = new Map<number, { reason: string; message: string }>();
  const logged = new Map<string, number>();
  let isFolderUsed = true;
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
        stops.increment({ reason: detail.reason });
        logger.error({ shard: shard.partition, ...detail }, 'shard stopped');
        return;
      }
      stopped.delete(shard.partition);
      if (phase === 'waiting') {
        lost.increment({ reason: detail?.reason ?? 'unknown' });
        logger.warn({ shard: shard.partition, ...detail }, 'shard lost, claiming again');
      } else logger.debug({ shard: shard.partition, phase }, 'shard');
    },
    committed(shard, batch) {
      batches.increment({});
      for (const [outcome, count] of batch.outcomes) records.increment({ outcome }, count);
      for (const [source, count] of batch.late) late.increment({ source }, count);
      for (const { campaign, cell: text, by } of batch.kpis) {
        const cell = kpiSeries(text);
        if (cell !== undefined) kpis.increment({ campaign, cell }, by);
      }
      outbox.set(label(shard), batch.outboxLength);
      if (batch.lastAppendTime !== undefined) delay.observe({}, Math.max(0, now() - batch.lastAppendTime) / 1_000);
    },
    trouble(shard, code, message) {
      troubles.increment({ code });
      if (isDue(`${shard.partition}/${code}`))
        logger.warn({ shard: shard.partition, code, detail: message }, 'trouble');
    },
    configured(shard, { name, refused }) {
      if (name !== undefined && isFolderUsed) {
        isFolderUsed = false;
        logger.warn({ policy: name }, 'a policy was published: the policy folder of this worker is not used');
      }
      const policy = name ?? 'folder';
      if (!refused) return logger.info({ shard: shard.partition, policy }, 'policy in force');
      const detail = { refused: refused.name, why: refused.message };
      logger.error(
        { shard: shard.partition, policy, ...detail },
        'a published policy was refused; the one before stays',
      );
    },
    released(shard, messages, jobs) {
      released.increment({ kind: 'message' }, messages);
      if (jobs > 0) released.increment({ kind: 'job' }, jobs);
      logger.debug({ shard: shard.partition, messages, jobs }, 'released');
    },
  };
}
