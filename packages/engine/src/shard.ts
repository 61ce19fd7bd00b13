import { type Claim, type ClaimDeps, type ClaimEnd, createClaim } from './claim.ts';
import type { EngineOptions } from './options.ts';
import type { LogBatch } from './ports/log.ts';
import type { ShardPhase, StopReason } from './ports/observer.ts';
import type { ShardMeta, ShardStore } from './ports/store.ts';

export interface ShardDeps<S, E> extends Omit<ClaimDeps<S, E>, 'session' | 'hasOutlived'> {
  readonly store: ShardStore;
}

/** One assigned partition: claims, serves, and claims again after whatever ended a claim, until closed or stopped. */
export interface Shard {
  readonly partition: number;
  readonly phase: ShardPhase;
  onBatch(batch: LogBatch): void;
  onDisturbed(topic: string): void;
  positions(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const NOWHERE: ReadonlyMap<string, number> = new Map();

export function createShard<S, E>(deps: ShardDeps<S, E>, options: EngineOptions): Shard {
  const { shard, store, log, clock, observer, topology } = deps;
  let phase: ShardPhase = 'claiming';
  let claim: Claim | undefined;
  let isClosed = false;
  let hasOutlived = false;

  const enter = (next: ShardPhase, detail?: { reason: string; message: string }) => {
    phase = next;
    observer.phase(shard, next, detail);
  };

  const stopped = (reason: StopReason, message: string): ClaimEnd => ({ kind: 'stopped', reason, message });

  /** What the store remembers against what the log and we are. */
  const refusal = async (meta: ShardMeta): Promise<ClaimEnd | undefined> => {
    if (meta.partitionCount !== options.partitionCount) {
      const message = `initialised for ${meta.partitionCount} partitions, the topics have ${options.partitionCount}`;
      return stopped('partition-count', message);
    }
    const clusterId = await log.clusterId();
    if (meta.clusterId !== clusterId) {
      return stopped('log-changed', `initialised on Kafka cluster ${meta.clusterId}, connected to ${clusterId}`);
    }
    const unknown = topology.inputs.find((topic) => !meta.inputs[topic]);
    return unknown
      ? stopped('uninitialised', `${unknown} has no position in this shard; run holdfast init`)
      : undefined;
  };

  const serve = async (): Promise<ClaimEnd> => {
    enter('claiming');
    const session = await store.open(shard);
    try {
      const answer = await session.claim();
      if (answer.kind === 'uninitialised') {
        const message =
          'the store has no such shard: never initialised, or wiped. Restore a backup or run holdfast init';
        return stopped('uninitialised', message);
      }
      if (answer.kind === 'incompatible') {
        return stopped(
          'incompatible',
          `the states need layout ${answer.minCodec}; this worker is too old to read them`,
        );
      }
      if (answer.kind !== 'claimed') return { kind: 'lost', failure: answer };
      const refused = await refusal(answer.meta);
      if (refused) return refused;
      if (isClosed) return { kind: 'closed' };
      const serving = createClaim(
        answer.meta,
        { ...deps, hasOutlived, session, observer: { ...observer, phase: follow } },
        options,
      );
      claim = serving;
      return await serving.run();
    } finally {
      claim = undefined;
      await session.close();
    }
  };

  const follow: typeof observer.phase = (_, next, detail) => enter(next, detail);

  const confirm = async () => {
    while (!isClosed) {
      try {
        return await log.confirmAssignment();
      } catch (error) {
        observer.trouble(shard, 'assignment', `not confirmed yet: ${String(error)}`);
        await clock.sleep(options.retryMs);
      }
    }
  };

  const loop = (async () => {
    while (!isClosed) {
      let end: ClaimEnd;
      try {
        end = await serve();
      } catch (error) {
        observer.trouble(shard, 'claim', error instanceof Error ? error.message : String(error));
        end = { kind: 'lost', failure: { kind: 'unknown', reason: 'exception' } };
      }
      if (end.kind === 'closed') return;
      if (end.kind === 'stopped') return enter('stopped', end);
      enter('waiting', { reason: end.failure.kind, message: 'reason' in end.failure ? end.failure.reason : '' });
      hasOutlived = true;
      await clock.sleep(options.retryMs);
      await confirm();
    }
  })();

  return {
    partition: shard.partition,
    get phase() {
      return phase;
    },
    onBatch: (batch) => claim?.inputs.onBatch(batch),
    onDisturbed: (topic) => claim?.inputs.onDisturbed(topic),
    positions: () => claim?.positions() ?? NOWHERE,
    async close() {
      isClosed = true;
      claim?.close();
      await loop;
      enter('closed');
    },
  };
}
