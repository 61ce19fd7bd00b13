import { ENGINE_DEFAULTS, type EngineOptions } from './options.ts';
import type { Clock } from './ports/clock.ts';
import type { InputLog, OutputLog } from './ports/log.ts';
import type { EngineObserver, ShardPhase } from './ports/observer.ts';
import type { ContactQueue } from './ports/queue.ts';
import type { ShardStore } from './ports/store.ts';
import { createShard, type Shard } from './shard.ts';
import { createWakeUp } from './signal.ts';
import { createStallWatch } from './stall-watch.ts';
import type { ShardStanding } from './standing.ts';
import type { Topology } from './topology.ts';

export interface EngineDeps<S, E> {
  readonly topology: Topology<S, E>;
  readonly log: InputLog;
  readonly output: OutputLog;
  readonly store: ShardStore;
  readonly queue: ContactQueue;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

/** All shards this process owns, following the assignments of the log's group. */
export interface Engine {
  /** Joins the group; resolves once joined. */
  start(): Promise<void>;
  phases(): ReadonlyMap<number, ShardPhase>;
  /** Where every shard assigned here stands. */
  standings(): ShardStanding[];
  /** Since when the broker answers questions asked apart from the fetches, ms since the epoch; undefined while it does not. */
  brokerAnswersSince(): number | undefined;
  /** The group may have given the shards to others meanwhile: drops every claim, and claims again what is confirmed. */
  giveUpShards(reason: string): void;
  /** Resolves with the error when the log gave up; the process should end then. */
  readonly crashed: Promise<Error>;
  /** Gives every shard back after its commit in flight, then leaves the group. */
  close(): Promise<void>;
}

/** How often positions are told to lag tools. */
const PROGRESS_MS = 5_000;

export function createEngine<S, E>(
  deps: EngineDeps<S, E>,
  given: Partial<EngineOptions> & Pick<EngineOptions, 'partitionCount' | 'deadLetterTopic'>,
): Engine {
  const options: EngineOptions = { ...ENGINE_DEFAULTS, ...given };
  const { log, clock, topology } = deps;
  const shards = new Map<number, Shard>();
  const leaving = new Map<number, Promise<void>>();
  let ours: ReadonlySet<number> = new Set();
  const closing = createWakeUp(clock);
  let isClosing = false;
  const crash = Promise.withResolvers<Error>();

  const add = (partition: number) => {
    const shard = { topology: topology.name, partition };
    shards.set(partition, createShard({ ...deps, shard }, options));
  };

  const drop = (partition: number, shard: Shard) => {
    shards.delete(partition);
    leaving.set(partition, left(partition, shard));
  };

  /** A partition that comes back meanwhile waits: the shard on its way out still pauses what it read. */
  const left = async (partition: number, shard: Shard) => {
    await shard.close();
    leaving.delete(partition);
    if (ours.has(partition) && !isClosing) add(partition);
  };

  const assigned = (partitions: readonly number[]) => {
    ours = new Set(partitions);
    for (const [partition, shard] of shards) if (!ours.has(partition)) drop(partition, shard);
    for (const partition of ours) {
      if (shards.has(partition)) for (const topic of topicsOf(topology)) shards.get(partition)?.onDisturbed(topic);
      else if (!leaving.has(partition)) add(partition);
    }
  };

  const stalls = createStallWatch({ ...deps, shards: () => [...shards.values()], topics: topology.inputs }, options);

  const reportProgress = async () => {
    while (!isClosing) {
      await closing.wait(PROGRESS_MS);
      const offsets = [...shards.values()].flatMap((shard) =>
        [...shard.positions()].map(([topic, nextOffset]) => ({ topic, partition: shard.partition, nextOffset })),
      );
      if (offsets.length > 0) await log.reportProgress(offsets).catch(() => undefined);
    }
  };

  return {
    crashed: crash.promise,
    phases: () => new Map([...shards].map(([partition, shard]) => [partition, shard.phase()])),
    standings: () =>
      [...shards.values()].map((shard) => {
        const { partition } = shard;
        return { partition, phase: shard.phase(), claim: shard.standing(), stalledMs: stalls.stalledMs(partition) };
      }),
    brokerAnswersSince: stalls.answersSince,
    giveUpShards(reason) {
      for (const shard of shards.values()) shard.giveUp(reason);
    },
    async start() {
      await log.start({
        assigned,
        batch: (batch) => shards.get(batch.partition)?.onBatch(batch),
        disturbed: (topic, partition) => shards.get(partition)?.onDisturbed(topic),
        crashed: (error) => crash.resolve(error),
      });
      void reportProgress();
      stalls.start();
    },
    async close() {
      isClosing = true;
      closing.wake();
      stalls.close();
      await Promise.all([...shards.values()].map((shard) => shard.close()));
      await Promise.all(leaving.values());
      await log.close();
    },
  };
}

function topicsOf<S, E>(topology: Topology<S, E>): readonly string[] {
  return [...topology.inputs, topology.decisionTopic];
}
