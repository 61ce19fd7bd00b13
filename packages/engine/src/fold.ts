import type { DueEntity, PreparedRecord, Work } from './batch.ts';
import type { LoadedBatch } from './batch-states.ts';
import { type Collected, createCollection } from './collection.ts';
import type { Fault } from './dead-letter.ts';
import { createDueHeap } from './due-heap.ts';
import { type Entity, indexDue } from './entity.ts';
import type { Erased, Erasures } from './erasures.ts';
import type { HeldBack } from './held-back.ts';
import type { LogRecord } from './ports/log.ts';
import { type Commit, FAR_FUTURE } from './ports/store.ts';
import { type CheckOptions, checkEventTime, checkKey, checkPartition, checkSize } from './record-checks.ts';
import { createStepping, type Known } from './stepping.ts';
import type { Decoded, Due, Effects, EventIdentity, Rules, Stimulus } from './topology.ts';
import type { Watermarks } from './watermarks.ts';

export interface FoldOptions extends CheckOptions {
  readonly partition: number;
  /** In which changed states are written. */
  readonly layout: number;
  /** Whether records are kept with the entities they told something. */
  readonly keepsRecords: boolean;
  readonly deadLetterTopic: string;
  /** Whether the fold tells what it folded, in order. */
  readonly journal: boolean;
  /** A timer whose feed has not come far enough is looked at again after this, ms. */
  readonly heldBackRetryMs: number;
}

export interface FoldInput<S, E> extends Work<E>, Pick<LoadedBatch<S>, 'entities' | 'ofRecords' | 'ofKeys'> {
  /** Latest append time folded before this batch. */
  readonly streamTimeMs: number;
  /** Entities whose timers threw in an earlier attempt: left alone until later. */
  readonly brokenTimers: ReadonlySet<string>;
}

export type FoldResult<S> =
  | {
      readonly kind: 'folded';
      readonly collected: Collected;
      readonly states: Commit['states'];
      readonly dues: Commit['dues'];
      /** Everybody touched, as the store has them once the commit is through. */
      readonly touched: readonly Entity<S>[];
    }
  /** The rules threw: every working copy is to be forgotten. */
  | {
      readonly kind: 'threw';
      readonly at: { readonly record: LogRecord } | { readonly timerOf: string };
      readonly error: Error;
    };

/** What lasts from batch to batch. */
export interface FoldContext<E> extends Known {
  readonly erasures: Erasures<E>;
  readonly heldBack: HeldBack;
}

type DecodedEvent<E> = Extract<Decoded<E>, { kind: 'event' }>;
/** What is about no entity. */
type ForShard<E> = Extract<Decoded<E>, { kind: 'shard' | 'setting' | 'shard-event' }>;

/**
 * Folds one micro-batch over working copies and collects everything one commit writes. Synchronous and deterministic:
 * the same input gives the same commit.
 */
export function foldBatch<S, E>(
  rules: Rules<S, E>,
  context: FoldContext<E>,
  input: FoldInput<S, E>,
  options: FoldOptions,
): FoldResult<S> {
  const { watermarks, erasures, heldBack, settings } = context;
  const { entities, records } = input;
  const opened: Entity<S>[] = [];
  const collection = createCollection(options);
  const timers = createDueHeap();
  const horizonMs = Math.max(input.nowMs, records.at(-1)?.record.appendTime ?? 0);
  const stepping = createStepping(rules, context, collection, options);
  let streamTimeMs = input.streamTimeMs;

  const open = (entity: Entity<S>) => {
    if (entity.isOpen) return;
    entity.isOpen = true;
    if (!entity.committed) entity.state = rules.create(entity.id);
    opened.push(entity);
  };

  const index = (entity: Entity<S>, dueMs: number) => {
    entity.newDueMs = dueMs;
    entity.isIndexUncertain = false;
    entity.indexedDueMs = dueMs;
    if (dueMs <= horizonMs) timers.push(entity.id, dueMs);
  };

  const step = (entity: Entity<S>, stimulus: Stimulus<E>, nowMs: number): Effects =>
    stepping.step(entity, stimulus, nowMs, streamTimeMs);

  const fireTimer = (entity: Entity<S>, dueMs: number) => {
    const { id } = entity;
    const nowMs = Math.max(dueMs, streamTimeMs);
    open(entity);
    if (collection.isErased(id) && !entity.isDirty) return;
    // The index may be behind the state: moving a due time later writes nothing there.
    if (entity.indexedDueMs !== undefined && entity.indexedDueMs > dueMs) return;
    if (input.brokenTimers.has(id)) {
      return index(entity, Math.max(horizonMs, input.retryFromMs) + options.heldBackRetryMs);
    }
    let due = rules.due(entity.state);
    for (let chain = 0; chain < 8 && isDue(due, nowMs, watermarks); chain++) {
      if (options.journal) collection.note({ timer: id, nowMs });
      collection.count(`timer:${step(entity, { kind: 'timer' }, nowMs).outcome}`);
      due = rules.due(entity.state);
    }
    index(entity, nextLook(due, Math.max(nowMs, input.retryFromMs)));
  };

  /** A timer held back by its feed is looked at again soon, but never delays the entity's wall timers. */
  const nextLook = (due: Due, nowMs: number): number => {
    const wall = due.wallMs ?? FAR_FUTURE;
    if (!due.eventTime) return wall;
    if (due.eventTime.dueMs > nowMs) return Math.min(wall, due.eventTime.dueMs);
    heldBack.note(due.eventTime.feed);
    return Math.min(wall, heldBack.nextLookMs(nowMs));
  };

  const fireUntil = (nowMs: number) => {
    for (let due = timers.popDue(nowMs); due; due = timers.popDue(nowMs)) fire(due);
  };

  const fire = ({ id, dueMs }: DueEntity) => {
    current = { timerOf: id };
    fireTimer(entities.find(id), dueMs);
  };

  /** More timers may be due than go into one commit: those of others can wait, his own go before his record. */
  const fireOwn = (entity: Entity<S>, record: LogRecord) => {
    if (entity.indexedDueMs === undefined || entity.indexedDueMs > record.appendTime) return;
    const folding = current;
    current = { timerOf: entity.id };
    fireTimer(entity, entity.indexedDueMs);
    current = folding;
  };

  /** What the batch had of him goes too; one who comes back later begins anew. */
  const erase = (id: string, atMs: number): boolean => {
    if (!erasures.erase(id, atMs)) return false;
    collection.erase(id);
    const entity = entities.find(id);
    if (!entity.isOpen) opened.push(entity);
    entity.isOpen = true;
    entity.isDirty = false;
    entity.state = rules.create(id);
    entity.committed = undefined;
    entity.indexedDueMs = undefined;
    entity.newDueMs = undefined;
    return true;
  };

  const isDropped = (id: string, verdict: Erased): boolean => {
    if (verdict !== 'echo') return verdict === 'earlier';
    const entity = entities.get(id);
    return !entity?.isDirty && !entity?.committed;
  };

  const foldRecord = ({ record, decoded, fault }: PreparedRecord<E>, i: number) => {
    // Its own bound is the topology's.
    const size = decoded.kind === 'configuration' ? undefined : checkSize(record, options);
    if (size) return collection.setAside(record, size);
    if (fault) return collection.setAside(record, fault);
    if (decoded.kind === 'poison') return collection.setAside(record, decoded);
    if (decoded.kind === 'shard' || decoded.kind === 'setting' || decoded.kind === 'shard-event') {
      return foldForShard(record, decoded);
    }
    if (decoded.kind === 'configuration') return collection.count('configuration');
    if (decoded.kind === 'erasure') {
      return collection.count(erase(decoded.entityId, record.appendTime) ? 'erasure' : 'erasure-again');
    }
    foldEvent(record, decoded, i);
  };

  const foldForShard = (record: LogRecord, decoded: ForShard<E>) => {
    const fault = checkIdentity(record, decoded.identity) ?? takeSetting(decoded);
    if (fault) return collection.setAside(record, fault);
    if (decoded.identity) watermarks.advance(decoded.identity, record.appendTime);
    if (decoded.kind !== 'shard-event') return collection.count(decoded.kind);
    const told = stepping.stepShard(decoded.event, record.appendTime, streamTimeMs);
    if (typeof told === 'string') collection.count(told);
    else collection.setAside(record, told);
  };

  const checkIdentity = (record: LogRecord, identity: EventIdentity | undefined): Fault | undefined =>
    identity && checkEventTime(record, identity, options);

  const takeSetting = (decoded: ForShard<E>): Fault | undefined =>
    decoded.kind === 'setting' ? settings.take(decoded.name, decoded.text) : undefined;

  const foldEvent = (record: LogRecord, { event, identity, entityId }: DecodedEvent<E>, i: number) => {
    const { appendTime } = record;
    const entity = input.ofRecords[i] ?? entities.find(entityId);
    const atMs = Math.min(identity.occurredAt, appendTime);
    if (isDropped(entityId, erasures.verdictOn(entityId, event, atMs))) {
      watermarks.advance(identity, appendTime);
      return collection.count('erased');
    }
    const key = input.ofKeys[i] === entity ? undefined : checkKey(record, entityId);
    if (key) return collection.setAside(record, key);
    const time = checkEventTime(record, identity, options);
    if (time) return collection.setAside(record, time);
    const partition = checkPartition(record, options);
    if (partition !== undefined) return collection.reroute(record, partition);
    open(entity);
    fireOwn(entity, record);
    const isLate = watermarks.advance(identity, appendTime);
    const effects = step(entity, { kind: 'event', event, identity, isLate }, appendTime);
    reindex(entity);
    if (effects.late) collection.countLate(identity.source);
    if (effects.late === 'set-aside') return collection.setAside(record, TOO_LATE);
    if (effects.isKept && options.keepsRecords) collection.keep(entityId, record);
    collection.count(effects.outcome);
  };

  const reindex = (entity: Entity<S>) => {
    const dueMs = indexDue(rules.due(entity.state));
    const isEarlier = entity.indexedDueMs === undefined || dueMs < entity.indexedDueMs;
    if (isEarlier || entity.isIndexUncertain) index(entity, dueMs);
  };

  const adoptAll = () => {
    for (const [id, all] of input.adoptions) {
      current = { timerOf: id };
      const released = all.filter((each) => !isDropped(id, erasures.verdictOnDecision(id, each.atMs)));
      if (released.length === 0) continue;
      const entity = entities.find(id);
      open(entity);
      const decisions = released.map(({ event }) => event);
      const offsets = released.map(({ offset }) => offset);
      if (options.journal) collection.note({ adopt: id, offsets, nowMs: input.nowMs });
      collection.count(`adopt:${step(entity, { kind: 'adopt', decisions }, input.nowMs).outcome}`);
      reindex(entity);
    }
  };

  let current: { record: LogRecord } | { timerOf: string } = { timerOf: '' };
  let encoding: Entity<S> | undefined;
  try {
    for (const [id, atMs] of input.erasures ?? []) erase(id, atMs);
    adoptAll();
    for (const due of input.dues) timers.push(due.id, due.dueMs);
    for (let i = 0; i < records.length; i += 1) {
      const prepared = records[i] as PreparedRecord<E>;
      const { record } = prepared;
      fireUntil(record.appendTime);
      current = prepared;
      foldRecord(prepared, i);
      streamTimeMs = Math.max(streamTimeMs, record.appendTime);
      if (options.journal) collection.note({ topic: record.topic, offset: record.offset });
    }
    fireUntil(input.nowMs);
    const states: { id: string; bytes: Buffer }[] = [];
    for (encoding of opened) encode(rules, encoding, options.layout, states);
    const dues = duesOf(opened);
    return { kind: 'folded', collected: collection.collected(), states, dues, touched: opened };
  } catch (error) {
    if (encoding) current = lastOf(records, encoding.id) ?? { timerOf: encoding.id };
    const at = 'record' in current ? { record: current.record } : current;
    return { kind: 'threw', at, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

const TOO_LATE: Fault = {
  code: 'late',
  message: 'it came later than is allowed: the windows it belongs to have passed, or it may have been counted before',
};

/** What an encoder that throws is held against: the last record that changed the entity. */
function lastOf<E>(records: readonly PreparedRecord<E>[], id: string): PreparedRecord<E> | undefined {
  return records.findLast(({ decoded }) => decoded.kind === 'event' && decoded.entityId === id);
}

function encode<S, E>(
  rules: Rules<S, E>,
  entity: Entity<S>,
  layout: number,
  states: { id: string; bytes: Buffer }[],
): void {
  if (!entity.isDirty) return;
  const bytes = rules.encode(entity.state, layout);
  entity.committed = bytes;
  states.push({ id: entity.id, bytes });
}

function duesOf(entities: readonly Entity<unknown>[]): { id: string; dueMs: number }[] {
  const dues: { id: string; dueMs: number }[] = [];
  for (const { id, newDueMs } of entities) if (newDueMs !== undefined) dues.push({ id, dueMs: newDueMs });
  return dues;
}

function isDue(due: Due, nowMs: number, watermarks: Watermarks): boolean {
  if (due.wallMs !== undefined && due.wallMs <= nowMs) return true;
  if (!due.eventTime) return false;
  const watermark = watermarks.get(due.eventTime.feed);
  return watermark !== undefined && watermark >= due.eventTime.dueMs;
}
