import type { Fault } from './dead-letter.ts';
import { fingerprintOf } from './fingerprint.ts';
import {
  type DueEntity,
  type FoldResult,
  foldBatch,
  indexDue,
  type LoadedEntity,
  type PreparedRecord,
  type ReleasedDecision,
} from './fold.ts';
import { encodeJournal } from './journal.ts';
import type { EngineOptions } from './options.ts';
import type { LogRecord } from './ports/log.ts';
import type { EngineObserver } from './ports/observer.ts';
import type { Commit, InputPosition, ShardId, ShardMeta, ShardSession, StoreFailure } from './ports/store.ts';
import { type CommittedState, createStateCache } from './state-cache.ts';
import type { Topology } from './topology.ts';
import { createWatermarks } from './watermarks.ts';

/** What one commit is to fold. */
export interface Work<E> {
  readonly dues: readonly DueEntity[];
  readonly records: readonly PreparedRecord<E>[];
  readonly adoptions: ReadonlyMap<string, readonly ReleasedDecision<E>[]>;
  /** Timers fire up to this time after the last record; 0 for none. */
  readonly nowMs: number;
  readonly retryFromMs: number;
}

/** Written beside what was folded: by the adoption, and once the states may be acted upon. */
export type AdoptionPart = Pick<Commit, 'relay' | 'attempts' | 'adopted'>;

export type CommitOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'lost'; readonly failure: StoreFailure }
  /** So many records in a row make the rules throw that it is the rules. */
  | { readonly kind: 'defect'; readonly message: string };

/** Loads, folds and commits for one claim; the only place that knows its version. One commit at a time. */
export interface Committer<E> {
  commit(work: Work<E>, adoption?: AdoptionPart): Promise<CommitOutcome>;
  /** The record is to be set aside without being folded. */
  blame(record: LogRecord, fault: Fault): void;
  /** The version the store holds once the commit in flight, if any, is through. */
  versionAhead(): number;
  readonly version: number;
  readonly hasProgress: boolean;
  readonly outboxLength: number;
  setOutboxLength(entries: number): void;
  /** Earliest due time written since the last call. */
  takeEarliestDue(): number;
  positions(): ReadonlyMap<string, number>;
}

export interface CommitterDeps<S, E> {
  readonly shard: ShardId;
  readonly topology: Topology<S, E>;
  readonly session: ShardSession;
  readonly observer: EngineObserver;
}

type Folded = Extract<FoldResult, { kind: 'folded' }>;
type Threw = Exclude<CommitOutcome, { kind: 'ok' }>;

export function createCommitter<S, E>(
  meta: ShardMeta,
  deps: CommitterDeps<S, E>,
  options: EngineOptions,
): Committer<E> {
  const { shard, topology, session, observer } = deps;
  const watermarks = createWatermarks(meta.watermarks, options.graceMs);
  const cache = createStateCache(options.cacheBytes);
  const positions = new Map<string, number>();
  const faults = new Map<LogRecord, Fault>();
  const brokenTimers = new Set<string>();
  const foldOptions = { ...options, partition: shard.partition };
  let streamTimeMs = Math.max(0, ...Object.values(meta.inputs).map((input) => input.fingerprint.appendTime));
  let version = meta.version;
  let isInFlight = false;
  let outboxLength = 0;
  let failuresInRow = 0;
  let hasProgress = false;
  let earliestDueMs = Number.POSITIVE_INFINITY;

  const decoded = (id: string, { bytes, indexedDueMs }: CommittedState): LoadedEntity<S> => {
    const state = topology.read(id, bytes);
    return { state, bytes, indexedDueMs: indexedDueMs ?? indexDue(topology.due(state)) };
  };

  /** Committed states by id, from the cache or the store, read on the connection that commits. */
  const load = async (ids: ReadonlySet<string>): Promise<Map<string, LoadedEntity<S> | null> | StoreFailure> => {
    const entities = new Map<string, LoadedEntity<S> | null>();
    const missing: string[] = [];
    for (const id of ids) {
      const cached = cache.get(id);
      if (cached) entities.set(id, decoded(id, cached));
      else missing.push(id);
    }
    if (missing.length === 0) return entities;
    const answer = await session.read(missing);
    if (answer.kind !== 'ok') return answer;
    for (const [i, id] of missing.entries()) {
      const bytes = answer.states[i];
      entities.set(id, bytes ? decoded(id, { bytes, indexedDueMs: undefined }) : null);
    }
    return entities;
  };

  const judge = ({ at, error }: Extract<FoldResult, { kind: 'threw' }>): Threw | undefined => {
    failuresInRow += 1;
    if (failuresInRow > options.maxFailuresInRow) {
      return {
        kind: 'defect',
        message: `${failuresInRow} records in a row made the rules throw; the last said: ${error.message}`,
      };
    }
    if ('record' in at) faults.set(at.record, { code: 'step-failed', message: `the rules threw: ${error.message}` });
    else brokenTimers.add(at.timerOf);
    const where = 'record' in at ? `${at.record.topic}/${at.record.partition}@${at.record.offset}` : 'a timer';
    observer.trouble(shard, 'step-failed', `${where}: ${error.message}`);
    return undefined;
  };

  /** Folds until nothing throws: what did is set aside, its working copies forgotten and read again. */
  const foldSafely = async (work: Work<E>): Promise<Folded | Threw> => {
    const ids = new Set([...work.adoptions.keys(), ...work.dues.map((due) => due.id)]);
    for (const { decoded } of work.records) if (decoded.kind === 'event') ids.add(decoded.entityId);
    for (;;) {
      const entities = await load(ids);
      if (!(entities instanceof Map)) return { kind: 'lost', failure: entities };
      for (const { id, dueMs } of work.dues) {
        const entity = entities.get(id);
        if (entity) entities.set(id, { ...entity, indexedDueMs: dueMs });
      }
      const records = faults.size === 0 ? work.records : work.records.map(withFault);
      const result = foldBatch(
        topology,
        watermarks,
        { ...work, records, entities, streamTimeMs, brokenTimers },
        foldOptions,
      );
      if (result.kind === 'folded') return result;
      watermarks.rollback();
      const defect = judge(result);
      if (defect) return defect;
    }
  };

  const withFault = (prepared: PreparedRecord<E>): PreparedRecord<E> => {
    const fault = faults.get(prepared.record);
    return fault ? { ...prepared, fault } : prepared;
  };

  const settle = (work: Work<E>, folded: Folded, moved: Readonly<Record<string, InputPosition>>) => {
    watermarks.settle();
    for (const [id, state] of folded.committed) cache.put(id, state);
    for (const { dueMs } of folded.commit.dues) earliestDueMs = Math.min(earliestDueMs, dueMs);
    for (const [topic, position] of Object.entries(moved)) positions.set(topic, position.nextOffset);
    brokenTimers.clear();
    const last = work.records.at(-1)?.record;
    if (last) {
      hasProgress = true;
      streamTimeMs = Math.max(streamTimeMs, last.appendTime);
      if (work.records.some(({ record }) => !faults.has(record))) failuresInRow = 0;
      faults.clear();
    }
    observer.committed(shard, {
      records: work.records.length,
      outcomes: folded.outcomes,
      kpis: folded.commit.kpis,
      outboxLength,
      ...(last ? { lastAppendTime: last.appendTime } : {}),
    });
  };

  return {
    get version() {
      return version;
    },
    get hasProgress() {
      return hasProgress;
    },
    get outboxLength() {
      return outboxLength;
    },
    setOutboxLength(entries) {
      outboxLength = entries;
    },
    versionAhead: () => version + (isInFlight ? 1 : 0),
    blame: (record, fault) => void faults.set(record, fault),
    positions: () => positions,
    takeEarliestDue() {
      const taken = earliestDueMs;
      earliestDueMs = Number.POSITIVE_INFINITY;
      return taken;
    },
    async commit(work, adoption) {
      const folded = await foldSafely(work);
      if (folded.kind !== 'folded') return folded;
      const moved = positionsOf(work.records);
      const { states, dues } = folded.commit;
      if (!adoption && states.length === 0 && dues.length === 0 && work.records.length === 0) return { kind: 'ok' };
      const commit: Commit = {
        ...folded.commit,
        inputs: moved,
        watermarks: watermarks.changes(),
        ...adoption,
        ...(work.records.length > 0 && !hasProgress ? { attempts: 0 } : {}),
        ...(options.journal && folded.journal.length > 0 ? { journal: encodeJournal(folded.journal) } : {}),
      };
      isInFlight = true;
      const answer = await session.commit(version, commit);
      isInFlight = false;
      if (answer.kind !== 'ok') return { kind: 'lost', failure: answer };
      version = answer.version;
      outboxLength = answer.outboxLength;
      settle(work, folded, moved);
      return { kind: 'ok' };
    },
  };
}

function positionsOf<E>(records: readonly PreparedRecord<E>[]): Record<string, InputPosition> {
  const lasts = new Map<string, LogRecord>();
  for (const { record } of records) lasts.set(record.topic, record);
  return Object.fromEntries(
    [...lasts].map(([topic, record]) => [topic, { nextOffset: record.offset + 1, fingerprint: fingerprintOf(record) }]),
  );
}
