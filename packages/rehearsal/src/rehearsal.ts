import {
  ENGINE_DEFAULTS,
  type EngineOptions,
  type LogRecord,
  type OutboxMessage,
  type Topology,
} from '@holdfast/engine';
import { DEAD_LETTER_TOPIC } from '@holdfast/events';
import type { Happening } from './happening.ts';
import { createShardFold, type ShardFold } from './shard-fold.ts';

export interface RehearsalDeps<S, E, D> {
  readonly topology: Topology<S, E>;
  /** Reads a message of the topology's decision topic. */
  decisionOf(message: OutboxMessage): D;
}

export interface RehearsalOptions {
  /** Of every input topic. */
  readonly partitions: number;
  /** What the installation runs with, where it is not the default. */
  readonly engine?: Partial<Pick<EngineOptions, 'graceMs' | 'maxValueBytes' | 'futureToleranceMs' | 'heldBackRetryMs'>>;
  /** Records of a shard in one commit; changes no result. */
  readonly batchSize?: number;
}

/** An entity as the shard would have it in the store. */
export interface FinalState {
  readonly partition: number;
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * The shards of a topology, folded in memory by the engine's own code under the time that the records tell. Reaches no store, no log and nobody.
 * Equal records, rules and options give equal answers, however the records are cut into calls. One call at a time; what
 * cannot go on rejects with `RehearsalError`.
 */
export interface Rehearsal<D> {
  /** Folds records in the order given, which is that of append times (`mergeInputs` makes it); timers of their shards in between. */
  fold(records: readonly LogRecord[]): Promise<readonly Happening<D>[]>;
  /** Fires what is due by then in every shard, ms since the epoch. */
  fireUntil(nowMs: number): Promise<readonly Happening<D>[]>;
  /** Erases, before anything is folded, who is known to be erased later: times by entity, by partition. */
  eraseAhead(erasures: ReadonlyMap<number, ReadonlyMap<string, number>>): Promise<void>;
  /** In the order of first appearance within a shard. */
  states(): Iterable<FinalState>;
  state(id: string): Buffer | undefined;
  /** How far each feed has come in a partition, ms since the epoch. */
  watermarks(partition: number): ReadonlyMap<string, number>;
}

/** More than a live shard's commit: nobody waits between two of them. */
const BATCH_RECORDS = 2_000;
const TIMERS_PER_ROUND = 10_000;
const NOWHERE: ReadonlyMap<string, number> = new Map();

export function createRehearsal<S, E, D>(deps: RehearsalDeps<S, E, D>, options: RehearsalOptions): Rehearsal<D> {
  const engine: EngineOptions = {
    ...ENGINE_DEFAULTS,
    ...options.engine,
    partitionCount: options.partitions,
    deadLetterTopic: DEAD_LETTER_TOPIC,
    batchSize: options.batchSize ?? BATCH_RECORDS,
    timersPerRound: TIMERS_PER_ROUND,
    // States stay in memory anyway.
    cacheBytes: 0,
    journal: false,
  };
  const shards = new Map<number, ShardFold>();
  let happenings: Happening<D>[] = [];

  const shardOf = (partition: number): ShardFold => {
    const known = shards.get(partition);
    if (known) return known;
    const { topology, decisionOf } = deps;
    const { decisionTopic } = topology;
    const reading = { partition, decisionOf, decisionTopic, deadLetterTopic: DEAD_LETTER_TOPIC };
    const made = createShardFold(
      { ...reading, topology, happened: (happening) => void happenings.push(happening) },
      engine,
    );
    shards.set(partition, made);
    return made;
  };
  const taken = (): readonly Happening<D>[] => {
    const all = happenings;
    happenings = [];
    return all;
  };

  return {
    async fold(records) {
      for (const [partition, own] of byPartition(records)) await shardOf(partition).fold(own);
      return taken();
    },
    async fireUntil(nowMs) {
      for (const partition of inOrder(shards.keys())) await shardOf(partition).fireUntil(nowMs);
      return taken();
    },
    async eraseAhead(erasures) {
      for (const [partition, own] of erasures) await shardOf(partition).erase(own);
    },
    *states() {
      for (const partition of inOrder(shards.keys())) {
        for (const [id, bytes] of shardOf(partition).states) yield { partition, id, bytes };
      }
    },
    state(id) {
      for (const { states } of shards.values()) if (states.has(id)) return states.get(id);
      return undefined;
    },
    watermarks: (partition) => shards.get(partition)?.watermarks() ?? NOWHERE,
  };
}

function byPartition(records: readonly LogRecord[]): readonly (readonly [number, readonly LogRecord[]])[] {
  const grouped = Map.groupBy(records, ({ partition }) => partition);
  return inOrder(grouped.keys()).map((partition) => [partition, grouped.get(partition) ?? []]);
}

function inOrder(partitions: Iterable<number>): number[] {
  return [...partitions].sort((a, b) => a - b);
}
