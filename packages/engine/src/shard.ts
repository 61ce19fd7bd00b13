import { type Claim, type ClaimDeps, type ClaimEnd, createClaim } from './claim.ts';
import { hasForeignMarks } from './erasures.ts';
import type { EngineOptions } from './options.ts';
import type { LogBatch } from './ports/log.ts';
import type { ShardPhase, StopReason } from './ports/observer.ts';
import type { ShardId, ShardMeta, ShardSession, ShardStore } from './ports/store.ts';
import { createWakeUp } from './signal.ts';
import type { ClaimStanding } from './standing.ts';

export interface ShardDeps<S, E> extends Omit<ClaimDeps<S, E>, 'session' | 'hasOutlived'> {
  readonly store: ShardStore;
}

/** One assigned partition: claims, serves, and claims again after whatever ended a claim, until closed or stopped. */
export interface Shard {
  readonly id: ShardId;
  readonly partition: number;
  phase(): ShardPhase;
  /** Something is to be done, and nothing is known to be in the way. */
  hasWork(): boolean;
  /** Differs from what it was when anything got on. */
  progress(): string;
  standing(): ClaimStanding | undefined;
  /** The end of an input as the broker told it, asked apart from the fetches. */
  sawEnd(topic: string, high: number): void;
  onBatch(batch: LogBatch): void;
  onDisturbed(topic: string): void;
  positions(): ReadonlyMap<string, number>;
  /** Drops the claim; the shard is claimed again once the assignment was confirmed. */
  giveUp(reason: string): void;
  close(): Promise<void>;
}

/** Or a rebuild holds the shard. */
type ServeEnd = ClaimEnd | { readonly kind: 'held' };

const HELD = { reason: 'held', message: 'a rebuild holds the shard; it is claimed again when that is over' };
const NOWHERE: ReadonlyMap<string, number> = new Map();

export function createShard<S, E>(deps: ShardDeps<S, E>, options: EngineOptions): Shard {
  const { shard, store, log, clock, observer, topology } = deps;
  let phase: ShardPhase = 'claiming';
  let claim: Claim | undefined;
  let isClosed = false;
  let hasOutlived = false;
  let isServing = false;
  let isHeld = false;
  const closing = createWakeUp(clock);
  let claims = 0;

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
    if (hasForeignMarks(meta, topology.erasure)) {
      const message = 'somebody was erased under a key this worker does not have; set HOLDFAST_ERASURE_KEY to it';
      return stopped('incompatible', message);
    }
    const opened = meta.configuration && topology.configuration?.open(meta.configuration);
    if (meta.configuration && opened?.kind !== 'opened') {
      const why = opened?.message ?? 'this topology takes none';
      return stopped('incompatible', `configuration ${meta.configuration.name} is in force here: ${why}`);
    }
    const unknown = topology.inputs.find((topic) => !meta.inputs[topic]);
    return unknown
      ? stopped('uninitialised', `${unknown} has no position in this shard; run holdfast init`)
      : undefined;
  };

  const serve = async (): Promise<ServeEnd> => {
    if (!isHeld) enter('claiming');
    claims += 1;
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
      if (answer.kind === 'held') return { kind: 'held' };
      if (answer.kind !== 'claimed') return { kind: 'lost', failure: answer };
      const refused = await refusal(answer.meta);
      if (refused) return await noted(session, refused);
      if (isClosed) return { kind: 'closed' };
      const serving = createClaim(
        answer.meta,
        { ...deps, hasOutlived, session, observer: { ...observer, phase: follow } },
        options,
      );
      claim = serving;
      isServing = true;
      const end = await serving.run();
      isServing = false;
      return await noted(session, end);
    } finally {
      claim = undefined;
      await session.close();
    }
  };

  /** Leaves the reason where `holdfast shard` finds it, as far as the store can be reached. */
  const noted = async (session: ShardSession, end: ClaimEnd): Promise<ClaimEnd> => {
    if (end.kind === 'stopped') await session.noteStopped(end.reason, end.message);
    return end;
  };

  /** The operator decides, or a backup comes back: either changes the version, or makes a shard where none was. */
  const changed = async (): Promise<void> => {
    let before: { readonly version: number | undefined } | undefined;
    while (!isClosed) {
      try {
        const version = (await store.readMeta(shard))?.version;
        before ??= { version };
        if (version !== before.version) return;
      } catch (error) {
        observer.trouble(shard, 'stopped', `the store does not say whether the shard changed: ${String(error)}`);
      }
      await closing.wait(options.idlePollMs);
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
      let end: ServeEnd;
      try {
        end = await serve();
      } catch (error) {
        observer.trouble(shard, 'claim', error instanceof Error ? error.message : String(error));
        end = { kind: 'lost', failure: { kind: 'unknown', reason: 'exception' } };
      }
      if (end.kind === 'closed') return;
      isHeld &&= end.kind === 'held';
      if (end.kind === 'stopped') {
        enter('stopped', end);
        await changed();
        continue;
      }
      if (end.kind === 'held') {
        if (!isHeld) enter('waiting', HELD);
        isHeld = true;
        await closing.wait(options.retryMs);
        continue;
      }
      enter('waiting', { reason: end.failure.kind, message: 'reason' in end.failure ? end.failure.reason : '' });
      // What throws may be the doing of a record: the next claim counts on, and folds with more care.
      hasOutlived = !isServing;
      isServing = false;
      await clock.sleep(options.retryMs);
      await confirm();
    }
  })();

  return {
    id: shard,
    partition: shard.partition,
    phase: () => phase,
    hasWork() {
      if (phase === 'stopped' || phase === 'closed') return false;
      return phase === 'running' ? (claim?.hasWork() ?? false) : !claim?.standing().hindrance;
    },
    progress: () => `${claims} ${phase} ${claim?.progress() ?? ''}`,
    standing: () => claim?.standing(),
    sawEnd: (topic, high) => claim?.sawEnd(topic, high),
    onBatch: (batch) => claim?.inputs.onBatch(batch),
    onDisturbed: (topic) => claim?.inputs.onDisturbed(topic),
    positions: () => claim?.positions() ?? NOWHERE,
    giveUp: (reason) => claim?.giveUp(reason),
    async close() {
      isClosed = true;
      closing.wake();
      claim?.close();
      await loop;
      enter('closed');
    },
  };
}
