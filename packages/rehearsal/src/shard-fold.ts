import {
  type Commit,
  createCommitter,
  type EngineOptions,
  type LogRecord,
  type PreparedRecord,
  type ShardMeta,
  type Topology,
  type Work,
} from '@holdfast/engine';
import { createFeedLooks } from './feed-looks.ts';
import { foldedOf, type Happening, happeningOf, type Reading } from './happening.ts';
import { createMemorySession } from './memory-session.ts';

export interface ShardFoldDeps<S, E, D> extends Reading<D> {
  readonly topology: Topology<S, E>;
  /** Called in order, while the shard folds. */
  happened(happening: Happening<D>): void;
}

/** One shard in memory, folded by the engine's own committer. One call at a time. Rejects with `RehearsalError`. */
export interface ShardFold {
  /** Folds records in this order, timers in between. Those due after the last record are left. */
  fold(records: readonly LogRecord[]): Promise<void>;
  /** Fires what is due by then. */
  fireUntil(nowMs: number): Promise<void>;
  /** Erases before anything else, with the time of each erasure. */
  erase(erasures: ReadonlyMap<string, number>): Promise<void>;
  readonly states: ReadonlyMap<string, Buffer>;
  watermarks(): ReadonlyMap<string, number>;
}

/** The fold cannot go on: the rules throw at whatever they are told, or a record cannot be decoded for now. */
export class RehearsalError extends Error {
  override readonly name = 'RehearsalError';
}

const NOTHING = { dues: [], adoptions: new Map<string, never>(), nowMs: 0, retryFromMs: 0 };
/** Nothing else waits: there is no slice of time to keep to. */
const UNPACED = { limit: () => Number.POSITIVE_INFINITY, begin: () => undefined, end: () => undefined };

export function createShardFold<S, E, D>(deps: ShardFoldDeps<S, E, D>, options: EngineOptions): ShardFold {
  const { topology, partition, happened } = deps;
  const meta = freshMeta(topology, options.partitionCount);
  const looks = createFeedLooks(options.heldBackRetryMs);
  const { session, states, dues } = createMemorySession(meta, tell);
  const committer = createCommitter(
    meta,
    {
      shard: { topology: topology.name, partition },
      topology,
      session,
      heldBack: looks,
      pace: UNPACED,
      observer: {
        phase: () => undefined,
        configured: () => undefined,
        released: () => undefined,
        // What throws is set aside: a dead letter tells of it.
        trouble: () => undefined,
        committed: (_, batch) => happened(foldedOf(batch, partition)),
      },
    },
    options,
  );

  function tell({ outbox, kpis }: Commit): void {
    for (const message of outbox) happened(happeningOf(message, deps));
    for (const increment of kpis) happened({ kind: 'kpi', partition, increment });
  }

  const commit = async (work: Work<E>): Promise<void> => {
    const outcome = await committer.commit(work);
    if (outcome.kind === 'defect') throw new RehearsalError(outcome.message);
    if (outcome.kind === 'lost') throw new RehearsalError(`a commit in memory was lost: ${outcome.failure.kind}`);
  };

  const decodeAll = async (records: readonly LogRecord[]): Promise<PreparedRecord<E>[]> => {
    const prepared: PreparedRecord<E>[] = [];
    for (const record of records) {
      const answer = topology.decode(record);
      const decoded = answer instanceof Promise ? await answer : answer;
      if (decoded.kind === 'retry') throw new RehearsalError(decoded.message);
      prepared.push({ record, decoded });
    }
    return prepared;
  };

  const fireUntil = async (nowMs: number): Promise<void> => {
    looks.expect([], nowMs);
    for (;;) {
      const due = dues.dueUntil(nowMs, options.timersPerRound);
      const last = due.at(-1);
      if (!last) return;
      // Of a full slice the rest may be earlier than what these become due at next.
      const isLast = due.length < options.timersPerRound;
      await commit({ ...NOTHING, dues: due, records: [], nowMs: isLast ? nowMs : last.dueMs });
    }
  };

  const foldBatch = async (records: readonly LogRecord[]): Promise<void> => {
    const [first] = records;
    const last = records.at(-1);
    if (!first || !last) return;
    const prepared = await decodeAll(records);
    // What is due before the first record may be everybody: in slices. A record's own time is the fold's affair.
    await fireUntil(first.appendTime - 1);
    looks.expect(prepared, last.appendTime);
    const due = dues.dueUntil(last.appendTime, Number.POSITIVE_INFINITY);
    await commit({ ...NOTHING, dues: due, records: prepared });
  };

  return {
    states,
    watermarks: committer.watermarks,
    async fold(records) {
      for (let from = 0; from < records.length; from += options.batchSize) {
        await foldBatch(records.slice(from, from + options.batchSize));
      }
    },
    fireUntil,
    erase: (erasures) => commit({ ...NOTHING, records: [], erasures }),
  };
}

function freshMeta<S, E>({ codecVersion }: Topology<S, E>, partitionCount: number): ShardMeta {
  const nowhere = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
  return {
    version: 1,
    minCodec: codecVersion,
    clusterId: 'rehearsal',
    partitionCount,
    inputs: {},
    relay: nowhere,
    watermarks: {},
    attempts: 0,
  };
}
