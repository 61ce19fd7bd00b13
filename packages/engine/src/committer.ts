import type { DueEntity, PreparedRecord, Work } from './batch.ts';
import { createBatchStates } from './batch-states.ts';
import type { ConfigurationStanding, RefusedConfiguration } from './configuration.ts';
import { createConfigured } from './configured.ts';
import type { Fault } from './dead-letter.ts';
import { createErasures } from './erasures.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type FoldResult, foldBatch } from './fold.ts';
import type { HeldBack } from './held-back.ts';
import { encodeJournal } from './journal.ts';
import type { EngineOptions } from './options.ts';
import type { Pace } from './pace.ts';
import type { LogRecord } from './ports/log.ts';
import type { CommittedBatch, EngineObserver } from './ports/observer.ts';
import type {
  Commit,
  CommitAnswer,
  InputPosition,
  ShardId,
  ShardMeta,
  ShardSession,
  StoreFailure,
} from './ports/store.ts';
import { createSettings } from './settings.ts';
import { createStateCache } from './state-cache.ts';
import { createTallies } from './tallies.ts';
import type { Topology } from './topology.ts';
import { createWatermarks } from './watermarks.ts';

/** Written beside what was folded: by the adoption, and as trust, the count of attempts and the sweep change. */
export type AdoptionPart = Pick<Commit, 'relay' | 'attempts' | 'adopted' | 'isSweepDue'>;

export type CommitOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'lost'; readonly failure: StoreFailure }
  /** So many records in a row make the rules throw that it is the rules. */
  | { readonly kind: 'defect'; readonly message: string };

/** Loads, folds and commits for one claim; the only place that knows its version. One commit at a time. */
export interface Committer<E> {
  /**
   * Asks the store for the states of a batch that is not decoded yet; `commit` is to follow, or another batch. Answers what
   * ended the claim.
   */
  readAhead(records: readonly LogRecord[], dues: readonly DueEntity[]): Promise<StoreFailure | undefined>;
  /** The records are the committer's from here on: it empties their array. */
  commit(work: Work<E>, adoption?: AdoptionPart): Promise<CommitOutcome>;
  /** The version the store holds once the commit in flight, if any, is through. */
  versionAhead(): number;
  version(): number;
  hasProgress(): boolean;
  outboxLength(): number;
  setOutboxLength(entries: number): void;
  /** Earliest due time written since the last call. */
  takeEarliestDue(): number;
  positions(): ReadonlyMap<string, number>;
  /** How far each feed has come, ms since the epoch. */
  watermarks(): ReadonlyMap<string, number>;
  configuration(): ConfigurationStanding;
}

export interface CommitterDeps<S, E> {
  readonly shard: ShardId;
  readonly topology: Topology<S, E>;
  readonly session: ShardSession;
  readonly observer: EngineObserver;
  readonly heldBack: HeldBack;
  readonly pace: Pace;
}

/** What is left of a batch while its commit is under way. */
interface Sent {
  readonly moved: Readonly<Record<string, InputPosition>>;
  readonly earliestDueMs: number;
  /** At least one of its records was folded, not set aside. */
  readonly isSound: boolean;
  /** The index of timers was gone through to its end. */
  readonly isSwept: boolean;
  /** A configuration record was at its end. */
  readonly isConfigured: boolean;
  readonly told: Omit<CommittedBatch, 'outboxLength'>;
}

type Folded<S> = Extract<FoldResult<S>, { kind: 'folded' }>;
type Threw = Exclude<CommitOutcome, { kind: 'ok' }>;

export function createCommitter<S, E>(
  meta: ShardMeta,
  deps: CommitterDeps<S, E>,
  options: EngineOptions,
): Committer<E> {
  const { shard, topology, session, observer } = deps;
  const configured = createConfigured(meta, topology);
  const watermarks = createWatermarks(meta.watermarks, options.graceMs);
  const erasures = createErasures(meta.erasures, topology.erasure);
  const tallies = createTallies(meta.tallies);
  const settings = createSettings(meta.settings);
  /** What lasts from batch to batch, and is committed or taken back with one. */
  const lasting = [watermarks, erasures, tallies, settings];
  let cache = createStateCache(options.cacheBytes);
  const batchStates = createBatchStates<S, E>({
    rules: configured.rules,
    session,
    cache: () => cache,
    isIndexCertain: () => !configured.standing().isSweeping,
    answered: deps.pace.begin,
  });
  const positions = new Map<string, number>();
  const faults = new Map<LogRecord, Fault>();
  const brokenTimers = new Set<string>();
  const foldOptions = {
    ...options,
    partition: shard.partition,
    layout: meta.minCodec,
    keepsRecords: meta.minCodec >= (topology.keepsFromLayout ?? Number.POSITIVE_INFINITY),
  };
  let streamTimeMs = Math.max(0, ...Object.values(meta.inputs).map((input) => input.fingerprint.appendTime));
  let version = meta.version;
  let isInFlight = false;
  let outboxLength = 0;
  let failuresInRow = 0;
  let hasProgress = false;
  let earliestDueMs = Number.POSITIVE_INFINITY;

  const judge = ({ at, error }: Extract<FoldResult<S>, { kind: 'threw' }>): Threw | undefined => {
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

  /** What is told to an unreadable entity is set aside; it stays as it is. */
  const judgeUnreadable = (work: Work<E>, unreadable: ReadonlyMap<string, Error>): Threw | undefined => {
    for (const [id, { message }] of unreadable) {
      const isDefect = work.adoptions.has(id) || failuresInRow >= options.maxFailuresInRow;
      if (isDefect) return { kind: 'defect', message: `a stored state cannot be read: ${message}` };
      if (brokenTimers.has(id)) continue;
      failuresInRow += 1;
      brokenTimers.add(id);
      for (const { record, decoded } of work.records) {
        if (decoded.kind !== 'event' || decoded.entityId !== id) continue;
        faults.set(record, { code: 'state-unreadable', message: `the stored state cannot be read: ${message}` });
      }
      observer.trouble(shard, 'state-unreadable', message);
    }
    return undefined;
  };

  /** Folds until nothing throws: what did is set aside, its working copies forgotten and read again. */
  const foldSafely = async (work: Work<E>): Promise<Folded<S> | Threw> => {
    for (;;) {
      const loaded = await batchStates.load(work);
      if (loaded.kind !== 'loaded') return { kind: 'lost', failure: loaded };
      const unreadable = judgeUnreadable(work, loaded.unreadable);
      if (unreadable) return unreadable;
      const { entities, ofRecords, ofKeys } = loaded;
      const records = faults.size === 0 ? work.records : work.records.map(withFault);
      const result = foldBatch(
        configured.rules(),
        { watermarks, erasures, heldBack: deps.heldBack, tallies, settings },
        { ...work, records, entities, ofRecords, ofKeys, streamTimeMs, brokenTimers },
        foldOptions,
      );
      if (result.kind === 'folded') return result;
      for (const each of lasting) each.rollback();
      const defect = judge(result);
      if (defect) return defect;
    }
  };

  const withFault = (prepared: PreparedRecord<E>): PreparedRecord<E> => {
    const fault = faults.get(prepared.record);
    return fault ? { ...prepared, fault } : prepared;
  };

  /**
   * Writes what was folded. From here to the answer nothing of the batch is held but what `settle` needs: what waits is
   * what the collector has to move. The batch is emptied, not only let go: a function that once waited may have grown old,
   * and what is old keeps what it points to through every young collection, even when it is dead itself.
   */
  const send = async (work: Work<E>, folded: Folded<S>, adoption: AdoptionPart | undefined): Promise<CommitOutcome> => {
    const change = configured.take(work.records.at(-1), watermarks);
    if (change?.refused) observer.trouble(shard, 'configuration-refused', describeRefused(change.refused));
    const lacking = configured.unwritten();
    const moved = positionsOf(work.records);
    const { states, dues, touched } = folded;
    const { outbox, kpis, history, told, deletions, journal } = folded.collected;
    const isIdle = states.length + dues.length + deletions.length + work.records.length === 0;
    if (!adoption && isIdle) return { kind: 'ok' };
    const erased = erasures.changes();
    const counted = tallies.changes(Math.max(streamTimeMs, work.records.at(-1)?.record.appendTime ?? 0));
    const set = settings.changes();
    const commit: Commit = {
      states,
      dues,
      outbox,
      kpis,
      history,
      ...(told.length > 0 ? { told } : {}),
      deletions,
      ...(erased ? { erasures: erased } : {}),
      ...(counted ? { tallies: counted } : {}),
      ...(set ? { settings: set } : {}),
      ...(lacking ? { dictionary: lacking } : {}),
      inputs: moved,
      watermarks: watermarks.changes(),
      ...adoption,
      // A sweep that ends as another becomes due was not the last.
      ...change,
      ...(options.journal && journal.length > 0 ? { journal: encodeJournal(journal) } : {}),
    };
    isInFlight = true;
    const sending = session.commit(version, commit);
    deps.pace.end(work.records.length);
    // Whatever the answer is but OK ends the claim, and the cache with it: nobody reads before.
    for (const id of deletions) cache.drop(id);
    cache.write(touched);
    const sent = {
      ...sentOf(work, folded, moved),
      isSwept: commit.isSweepDue === false,
      isConfigured: change !== undefined,
    };
    work.records.length = 0;
    return settle(sending, sent);
  };

  const sentOf = (work: Work<E>, folded: Folded<S>, moved: Readonly<Record<string, InputPosition>>) => {
    const lastAppendTime = work.records.at(-1)?.record.appendTime;
    return {
      moved,
      earliestDueMs: folded.dues.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY),
      isSound: work.records.some(({ record }) => !faults.has(record)),
      told: {
        records: work.records.length,
        outcomes: folded.collected.outcomes,
        late: folded.collected.late,
        kpis: folded.collected.kpis,
        ...(lastAppendTime === undefined ? {} : { lastAppendTime }),
      },
    };
  };

  const settle = async (sending: Promise<CommitAnswer>, sent: Sent): Promise<CommitOutcome> => {
    const answer = await sending;
    isInFlight = false;
    if (answer.kind !== 'ok') return { kind: 'lost', failure: answer };
    version = answer.version;
    outboxLength = answer.outboxLength;
    for (const each of lasting) each.settle();
    // What was cached of the index is of the old rules: whoever is loaded now is judged by the new ones.
    if (configured.settle()) cache = createStateCache(options.cacheBytes);
    if (sent.isSwept) configured.swept();
    if (sent.isConfigured) observer.configured(shard, configured.standing());
    earliestDueMs = Math.min(earliestDueMs, sent.earliestDueMs);
    for (const [topic, position] of Object.entries(sent.moved)) positions.set(topic, position.nextOffset);
    brokenTimers.clear();
    const { lastAppendTime } = sent.told;
    if (lastAppendTime !== undefined) {
      hasProgress = true;
      streamTimeMs = Math.max(streamTimeMs, lastAppendTime);
      if (sent.isSound) failuresInRow = 0;
      faults.clear();
    }
    observer.committed(shard, { ...sent.told, outboxLength });
    return { kind: 'ok' };
  };

  return {
    version: () => version,
    hasProgress: () => hasProgress,
    outboxLength: () => outboxLength,
    setOutboxLength(entries) {
      outboxLength = entries;
    },
    versionAhead: () => version + (isInFlight ? 1 : 0),
    positions: () => positions,
    watermarks: watermarks.all,
    configuration: configured.standing,
    takeEarliestDue() {
      const taken = earliestDueMs;
      earliestDueMs = Number.POSITIVE_INFINITY;
      return taken;
    },
    readAhead: batchStates.readAhead,
    async commit(work, adoption) {
      const folded = await foldSafely(work);
      batchStates.forget();
      return folded.kind === 'folded' ? send(work, folded, adoption) : folded;
    },
  };
}

function describeRefused({ name, message }: RefusedConfiguration): string {
  return `configuration ${name} is not put into force, what was before goes on: ${message}`;
}

function positionsOf<E>(records: readonly PreparedRecord<E>[]): Record<string, InputPosition> {
  const lasts = new Map<string, LogRecord>();
  for (let i = 0; i < records.length; i += 1) {
    const { record } = records[i] as PreparedRecord<E>;
    if (records[i + 1]?.record.topic !== record.topic) lasts.set(record.topic, record);
  }
  return Object.fromEntries(
    [...lasts].map(([topic, record]) => [topic, { nextOffset: record.offset + 1, fingerprint: fingerprintOf(record) }]),
  );
}
