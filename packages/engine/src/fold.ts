import { deadLetterOf, type Fault } from './dead-letter.ts';
import { createDueHeap } from './due-heap.ts';
import type { JournalLine } from './journal.ts';
import type { LogRecord } from './ports/log.ts';
import { type Commit, FAR_FUTURE, type HistoryEntry, type KpiIncrement, type OutboxMessage } from './ports/store.ts';
import { type CheckOptions, checkEvent, checkSize } from './record-checks.ts';
import type { CommittedState } from './state-cache.ts';
import type { Decoded, Due, Effects, StepContext, Stimulus, Topology } from './topology.ts';
import type { Watermarks } from './watermarks.ts';

/** A record with what decoding said, and the fault it was found to cause in an earlier attempt. */
export interface PreparedRecord<E> {
  readonly record: LogRecord;
  readonly decoded: Exclude<Decoded<E>, { kind: 'retry' }>;
  readonly fault?: Fault;
}

export interface DueEntity {
  readonly id: string;
  readonly dueMs: number;
}

/** A decision as it stands in the decision log. */
export interface ReleasedDecision<E> {
  readonly offset: number;
  readonly event: E;
}

export interface FoldOptions extends CheckOptions {
  readonly partition: number;
  readonly deadLetterTopic: string;
  /** Whether the fold tells what it folded, in order. */
  readonly journal: boolean;
  /** A timer whose feed has not come far enough is looked at again after this, ms. */
  readonly heldBackRetryMs: number;
}

export interface FoldInput<S, E> {
  /** Timers due, then records, in merge order. */
  readonly dues: readonly DueEntity[];
  readonly records: readonly PreparedRecord<E>[];
  /** Released decisions by entity, from the decision log. */
  readonly adoptions: ReadonlyMap<string, readonly ReleasedDecision<E>[]>;
  /** Time of the firings after the last record; 0 when there are none. */
  readonly nowMs: number;
  /** Latest append time folded before this batch. */
  readonly streamTimeMs: number;
  /** A timer held back by its feed is looked at again a while after this. */
  readonly retryFromMs: number;
  /** Committed states of everybody touched; null where there is none yet. */
  readonly entities: ReadonlyMap<string, LoadedEntity<S> | null>;
  /** Entities whose timers threw in an earlier attempt: left alone until later. */
  readonly brokenTimers: ReadonlySet<string>;
}

export type FoldResult =
  | {
      readonly kind: 'folded';
      readonly commit: Pick<Commit, 'states' | 'dues' | 'outbox' | 'kpis' | 'history'>;
      /** What the store has of everybody touched once the commit is through. */
      readonly committed: ReadonlyMap<string, CommittedState>;
      readonly outcomes: ReadonlyMap<string, number>;
      readonly journal: readonly JournalLine[];
    }
  /** The rules threw: every working copy is to be forgotten. */
  | {
      readonly kind: 'threw';
      readonly at: { readonly record: LogRecord } | { readonly timerOf: string };
      readonly error: Error;
    };

/** A committed state, decoded for this batch. */
export interface LoadedEntity<S> extends CommittedState {
  readonly state: S;
}

interface Working<S> {
  state: S;
  committed: Buffer | undefined;
  indexedDueMs: number | undefined;
  newDueMs: number | undefined;
  isDirty: boolean;
}

/**
 * Folds one micro-batch over working copies and collects everything one commit writes. Synchronous and deterministic:
 * the same input gives the same commit.
 */
export function foldBatch<S, E>(
  topology: Topology<S, E>,
  watermarks: Watermarks,
  input: FoldInput<S, E>,
  options: FoldOptions,
): FoldResult {
  const working = new Map<string, Working<S>>();
  const outbox: OutboxMessage[] = [];
  const kpis: KpiIncrement[] = [];
  const history: HistoryEntry[] = [];
  const outcomes = new Map<string, number>();
  const journal: JournalLine[] = [];
  const timers = createDueHeap();
  const horizonMs = Math.max(input.nowMs, input.records.at(-1)?.record.appendTime ?? 0);
  let streamTimeMs = input.streamTimeMs;

  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  const open = (id: string): Working<S> => {
    const known = working.get(id);
    if (known) return known;
    const committed = input.entities.get(id);
    const entity: Working<S> = {
      state: committed ? committed.state : topology.create(id),
      committed: committed?.bytes,
      indexedDueMs: committed?.indexedDueMs,
      newDueMs: undefined,
      isDirty: false,
    };
    working.set(id, entity);
    return entity;
  };

  const index = (id: string, entity: Working<S>, dueMs: number) => {
    entity.newDueMs = dueMs;
    entity.indexedDueMs = dueMs;
    if (dueMs <= horizonMs) timers.push(id, dueMs);
  };

  const step = (id: string, entity: Working<S>, stimulus: Stimulus<E>, nowMs: number): Effects => {
    const context: StepContext = { entityId: id, partition: options.partition, nowMs, watermark: watermarks.get };
    const effects = topology.step(entity.state, stimulus, context);
    entity.isDirty = true;
    outbox.push(...effects.outbox);
    kpis.push(...effects.kpis);
    history.push(...effects.history);
    return effects;
  };

  const fireTimer = ({ id, dueMs }: DueEntity) => {
    const nowMs = Math.max(dueMs, streamTimeMs);
    const entity = open(id);
    // The index may be behind the state: moving a due time later writes nothing there.
    if (entity.indexedDueMs !== undefined && entity.indexedDueMs > dueMs) return;
    if (input.brokenTimers.has(id)) return index(id, entity, input.retryFromMs + options.heldBackRetryMs);
    let due = topology.due(entity.state);
    for (let chain = 0; chain < 8 && isDue(due, nowMs, watermarks); chain++) {
      if (options.journal) journal.push({ timer: id, nowMs });
      count(`timer:${step(id, entity, { kind: 'timer' }, nowMs).outcome}`);
      due = topology.due(entity.state);
    }
    index(id, entity, nextLook(due, Math.max(nowMs, input.retryFromMs), options.heldBackRetryMs));
  };

  const fireUntil = (nowMs: number) => {
    for (let due = timers.popDue(nowMs); due; due = timers.popDue(nowMs)) {
      current = { timerOf: due.id };
      fireTimer(due);
    }
  };

  const setAside = (record: LogRecord, fault: Fault) => {
    outbox.push(deadLetterOf(record, fault, options.deadLetterTopic));
    count(`dead-letter:${fault.code}`);
  };

  const foldRecord = ({ record, decoded, fault }: PreparedRecord<E>) => {
    const size = checkSize(record, options);
    if (size.kind === 'dead-letter') return setAside(record, size.fault);
    if (fault) return setAside(record, fault);
    if (decoded.kind === 'poison') return setAside(record, decoded);
    if (decoded.kind === 'shard') {
      if (decoded.identity) watermarks.advance(decoded.identity, record.appendTime);
      return count('shard');
    }
    const check = checkEvent(record, decoded.entityId, decoded.identity, options);
    if (check.kind === 'dead-letter') return setAside(record, check.fault);
    if (check.kind === 'reroute') {
      outbox.push(rerouted(record, check.partition));
      return count('rerouted');
    }
    const isLate = watermarks.advance(decoded.identity, record.appendTime);
    const entity = open(decoded.entityId);
    const stimulus: Stimulus<E> = { kind: 'event', event: decoded.event, identity: decoded.identity, isLate };
    count(step(decoded.entityId, entity, stimulus, record.appendTime).outcome);
    reindex(decoded.entityId, entity);
  };

  const reindex = (id: string, entity: Working<S>) => {
    const dueMs = indexDue(topology.due(entity.state));
    if (entity.indexedDueMs === undefined || dueMs < entity.indexedDueMs) index(id, entity, dueMs);
  };

  let current: { record: LogRecord } | { timerOf: string } = { timerOf: '' };
  let encoded: string | undefined;
  try {
    for (const [id, released] of input.adoptions) {
      current = { timerOf: id };
      const entity = open(id);
      const decisions = released.map(({ event }) => event);
      if (options.journal)
        journal.push({ adopt: id, offsets: released.map(({ offset }) => offset), nowMs: input.nowMs });
      count(`adopt:${step(id, entity, { kind: 'adopt', decisions }, input.nowMs).outcome}`);
      reindex(id, entity);
    }
    for (const due of input.dues) timers.push(due.id, due.dueMs);
    for (const prepared of input.records) {
      fireUntil(prepared.record.appendTime);
      current = prepared;
      foldRecord(prepared);
      streamTimeMs = Math.max(streamTimeMs, prepared.record.appendTime);
      if (options.journal) journal.push({ topic: prepared.record.topic, offset: prepared.record.offset });
    }
    fireUntil(input.nowMs);
    const { states, dues, committed } = encodeAll(topology, working, (id) => {
      encoded = id;
    });
    return { kind: 'folded', commit: { states, dues, outbox, kpis, history }, committed, outcomes, journal };
  } catch (error) {
    if (encoded !== undefined) current = lastOf(input.records, encoded) ?? { timerOf: encoded };
    const at = 'record' in current ? { record: current.record } : current;
    return { kind: 'threw', at, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What an encoder that throws is held against: the last record that changed the entity. */
function lastOf<E>(records: readonly PreparedRecord<E>[], id: string): PreparedRecord<E> | undefined {
  return records.findLast(({ decoded }) => decoded.kind === 'event' && decoded.entityId === id);
}

function encodeAll<S, E>(topology: Topology<S, E>, working: Map<string, Working<S>>, before: (id: string) => void) {
  const states: { id: string; bytes: Buffer }[] = [];
  const dues: { id: string; dueMs: number }[] = [];
  const committed = new Map<string, CommittedState>();
  for (const [id, entity] of working) {
    before(id);
    const bytes = entity.isDirty ? topology.encode(entity.state) : entity.committed;
    if (bytes && entity.isDirty) states.push({ id, bytes });
    if (entity.newDueMs !== undefined) dues.push({ id, dueMs: entity.newDueMs });
    if (bytes) committed.set(id, { bytes, indexedDueMs: entity.indexedDueMs });
  }
  return { states, dues, committed };
}

/** Earliest time at which the entity wants a look, whatever the kind of timer. */
export function indexDue(due: Due): number {
  return Math.min(due.wallMs ?? FAR_FUTURE, due.eventTime?.dueMs ?? FAR_FUTURE);
}

function isDue(due: Due, nowMs: number, watermarks: Watermarks): boolean {
  if (due.wallMs !== undefined && due.wallMs <= nowMs) return true;
  if (!due.eventTime) return false;
  const watermark = watermarks.get(due.eventTime.feed);
  return watermark !== undefined && watermark >= due.eventTime.dueMs;
}

/** A timer held back by its feed is looked at again soon, but never delays the entity's wall timers. */
function nextLook(due: Due, nowMs: number, retryMs: number): number {
  const wall = due.wallMs ?? FAR_FUTURE;
  if (!due.eventTime) return wall;
  return Math.min(wall, due.eventTime.dueMs > nowMs ? due.eventTime.dueMs : nowMs + retryMs);
}

function rerouted(record: LogRecord, partition: number): OutboxMessage {
  return {
    topic: record.topic,
    partition,
    key: record.key,
    value: record.value,
    headers: { ...record.headers, 'holdfast-rerouted-from': Buffer.from(`${record.partition}/${record.offset}`) },
  };
}
