import type { ShardStanding } from '@holdfast/engine';
import type { CheckAnswer, Health } from '@holdfast/observability';

export interface WorkerView {
  standings(): readonly ShardStanding[];
  /** When a fetch cycle last ended, ms since the epoch. */
  lastFetchAt(): number;
  /** Since when the broker answers, ms since the epoch; undefined while it does not. */
  brokerAnswersSince(): number | undefined;
}

export interface StoppedShard {
  readonly partition: number;
  readonly reason: string;
}

export interface WorkerHealthDeps {
  /** Undefined before the worker joined the group. */
  view(): WorkerView | undefined;
  stopped(): readonly StoppedShard[];
  now(): number;
}

/** A consumer whose fetches do not end, and a shard that has work and does not move, for so long: the process hangs. */
export const STALLED_MS = 30_000;

const OK: CheckAnswer = { ok: true };

/** Liveness asks for a restart: of what hangs. Readiness tells what is in the way, restart or not. */
export function checkWorker(health: Health, deps: WorkerHealthDeps): void {
  const standings = () => deps.view()?.standings() ?? [];

  const fetching = (): CheckAnswer => {
    const silentMs = fetchSilentMs(deps.view(), deps.now());
    return silentMs < STALLED_MS ? OK : { ok: false, reason: `no fetch cycle for ${silentMs} ms` };
  };
  health.liveness('fetch', fetching);
  health.readiness('fetch', fetching);
  const stalled = (): CheckAnswer => {
    const found = standings().find(({ stalledMs }) => stalledMs >= STALLED_MS);
    if (!found) return OK;
    const { partition, phase, stalledMs } = found;
    return { ok: false, reason: `shard ${partition} ${phase} with work and without progress for ${stalledMs} ms` };
  };
  health.liveness('stall', stalled);
  health.readiness('stall', stalled);
  health.readiness('shards', () => {
    const stopped = deps.stopped().map(({ partition, reason }) => `shard ${partition} stopped: ${reason}`);
    if (stopped.length > 0) return { ok: false, reason: stopped.join(', ') };
    const waiting = standings().find(({ phase }) => phase === 'waiting');
    return waiting ? { ok: false, reason: `shard ${waiting.partition} was lost and is to be claimed again` } : OK;
  });
  health.readiness('policy', () => {
    const refusing = standings().filter(({ claim }) => claim?.configuration.refused !== undefined);
    const refused = refusing[0]?.claim?.configuration.refused;
    if (!refused) return OK;
    const shards = refusing.map(({ partition }) => partition).join(', ');
    return { ok: true, note: `degraded: ${refused.name} was refused by shards ${shards}: ${refused.message}` };
  });
  health.readiness('outbox', () => {
    const full = standings().find(({ claim }) => claim?.hindrance === 'outbox-full');
    if (!full) return OK;
    const waiting = full.claim?.outboxLength ?? 0;
    return { ok: false, reason: `shard ${full.partition}: intake waits for ${waiting} effects in its outbox` };
  });
}

/** For how long no fetch cycle ended though the broker answers, ms: one that is away is waited for, no restart brings it back. */
export function fetchSilentMs(view: WorkerView | undefined, nowMs: number): number {
  const answersSince = view?.brokerAnswersSince();
  if (!view || answersSince === undefined) return 0;
  return Math.max(0, nowMs - Math.max(view.lastFetchAt(), answersSince));
}
