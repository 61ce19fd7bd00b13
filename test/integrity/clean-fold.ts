import {
  type Configuration,
  type Decoded,
  type Due,
  type Effects,
  type EventIdentity,
  type JournalLine,
  type LogRecord,
  type OutboxMessage,
  partitionOf,
  type Rules,
  type ShardContext,
  type StoredTally,
  type Topology,
} from '@holdfast/engine';
import { createShardMemory } from '@holdfast/testkit';

/** What one shard left behind: its part of the log, and the order in which it says it folded it. */
export interface ShardRecords {
  readonly partition: number;
  /** Every record of the input topics in this partition, by topic, in order of offset. */
  readonly inputs: ReadonlyMap<string, readonly LogRecord[]>;
  /** The partition of the decision log. */
  readonly decisions: readonly LogRecord[];
  readonly journal: readonly CommittedLine[];
}

/** A line of the journal, and when it was committed by the store's clock, ms. */
export type CommittedLine = JournalLine & { readonly committedAtMs: number };

/** A firing of a timer as it stands in the journal. */
export interface TimerFiring {
  readonly id: string;
  readonly kind: 'wall' | 'event-time';
  /** Since when nothing but us held it back: its time, or its feed's, had come, and the store knew of it. */
  readonly dueSinceMs: number;
  readonly committedAtMs: number;
}

/** An event as it was folded for a customer. */
export interface FoldedEvent<E> {
  readonly event: E;
  readonly identity: EventIdentity;
  readonly isLate: boolean;
  readonly appendTime: number;
}

/** What a shard must hold and must have sent, had nothing ever gone wrong. */
export interface CleanFold<S, E> {
  readonly states: ReadonlyMap<string, S>;
  /** As stored: in the form of the rules by which each was changed last. */
  readonly stored: ReadonlyMap<string, Buffer>;
  /** When a stored state is due, by the rules in force at the end. */
  dueOf(id: string): Due;
  /** Numbers of the shard; those whose time was over before `streamTimeMs` do not count. */
  readonly tallies: Readonly<Record<string, StoredTally>>;
  /** Latest append time of what was folded. */
  readonly streamTimeMs: number;
  readonly settings: Readonly<Record<string, string>>;
  /** What was put into force, in order. */
  readonly configurations: readonly Configuration[];
  /** In the order in which they were decided. */
  readonly outbox: readonly OutboxMessage[];
  /** Sum by `campaign cell`. */
  readonly kpis: ReadonlyMap<string, number>;
  /** `topic/partition@offset code` of every record that had to be set aside. */
  readonly deadLetters: readonly string[];
  /** `topic/partition@offset` of every record that belonged to another partition. */
  readonly rerouted: readonly string[];
  /** What is wrong with the journal itself, in words. */
  readonly faults: readonly string[];
  readonly firings: readonly TimerFiring[];
  /** By customer, in the order of the journal; without what was set aside. */
  readonly folded: ReadonlyMap<string, readonly FoldedEvent<E>[]>;
}

/** The engine's settings, stated once more: a fold that asked the engine for them could not notice a change. */
const GRACE_MS = 60_000;
const FUTURE_TOLERANCE_MS = 5 * 60_000;
const MAX_VALUE_BYTES = 256 * 1024;

/**
 * Folds the log in the order of the journal, with the rules of the topology and nothing of the engine: no cache, no
 * batches, no store. States pass through their bytes before every step, as after a restart.
 */
export async function foldCleanly<S, E>(
  topology: Topology<S, E>,
  shard: ShardRecords,
  partitionCount: number,
): Promise<CleanFold<S, E>> {
  const fold = createFold(topology, shard, partitionCount);
  for (const line of shard.journal) {
    fold.committed(line.committedAtMs);
    if ('timer' in line) fold.timer(line.timer, line.nowMs);
    else if ('adopt' in line) await fold.adopt(line.adopt, line.offsets, line.nowMs);
    else await fold.record(line.topic, line.offset);
  }
  fold.end();
  return fold.result;
}

function createFold<S, E>(topology: Topology<S, E>, shard: ShardRecords, partitionCount: number) {
  const { partition } = shard;
  const stored = new Map<string, Buffer>();
  const watermarks = new Map<string, number>();
  const next = new Map<string, number>();
  const states = new Map<string, S>();
  const outbox: OutboxMessage[] = [];
  const kpis = new Map<string, number>();
  const deadLetters: string[] = [];
  const rerouted: string[] = [];
  const faults: string[] = [];
  const firings: TimerFiring[] = [];
  const folded = new Map<string, FoldedEvent<E>[]>();
  const touchedAtMs = new Map<string, number>();
  const reachedAt = new Map<string, { readonly watermark: number; readonly atMs: number }[]>();
  let committedAtMs = 0;
  let streamTimeMs = 0;
  const memory = createShardMemory();

  const configurations: Configuration[] = [];
  const described: Record<string, string> = { ...topology.dictionary?.entries };
  let rules: Rules<S, E> = topology;

  const open = (id: string): S => {
    const bytes = stored.get(id);
    return bytes ? rules.read(id, bytes) : rules.create(id);
  };
  /** Puts into force what the topology takes; states of the rules before are read by what they refer to. */
  const configure = (brought: Configuration, atMs: number): void => {
    const place = { atMs, watermarks: new Map(watermarks) };
    const taken = topology.configuration?.take(brought, configurations.at(-1), place);
    if (taken?.kind !== 'taken') return;
    configurations.push(taken.kept);
    rules = taken.rules;
    rules.dictionary?.learn(described);
    Object.assign(described, rules.dictionary?.entries);
  };
  const contextAt = (nowMs: number): ShardContext => ({
    partition,
    partitionCount,
    nowMs,
    watermark: (feed) => watermarks.get(feed),
    tally: (name) => memory.tally(name, nowMs),
    setting: memory.setting,
  });
  const step = (
    id: string,
    stimulus: Parameters<typeof topology.step>[1],
    nowMs: number,
    state = open(id),
  ): Effects => {
    const effects = rules.step(state, stimulus, { ...contextAt(nowMs), entityId: id });
    take(effects);
    stored.set(id, rules.encode(state, topology.codecVersion));
    states.set(id, state);
    touchedAtMs.set(id, committedAtMs);
    return effects;
  };
  const take = (effects: Effects): void => {
    outbox.push(...effects.outbox);
    memory.change(effects.tallies);
    for (const { campaign, cell, by } of effects.kpis) {
      kpis.set(`${campaign} ${cell}`, (kpis.get(`${campaign} ${cell}`) ?? 0) + by);
    }
  };
  /** Answers whether the event is behind what its feed had reached. */
  const advance = (identity: { source: string; type: string; occurredAt: number }, appendTime: number): boolean => {
    const feed = `${identity.source}|${identity.type}`;
    const reached = watermarks.get(feed);
    const now = Math.max(reached ?? Number.NEGATIVE_INFINITY, Math.min(identity.occurredAt, appendTime) - GRACE_MS);
    if (now !== reached) pushTo(reachedAt, feed, { watermark: now, atMs: committedAtMs });
    watermarks.set(feed, now);
    return reached !== undefined && identity.occurredAt < reached;
  };
  /** Answers why it is set aside. */
  const forShard = (
    decoded: Extract<Decoded<E>, { kind: 'shard' | 'setting' | 'shard-event' }>,
    record: LogRecord,
  ): string | undefined => {
    const { identity } = decoded;
    if (identity && isFuture(record, identity.occurredAt)) return 'future';
    if (decoded.kind === 'setting' && Buffer.byteLength(decoded.text) > MAX_VALUE_BYTES) return 'setting-too-large';
    if (decoded.kind === 'setting') memory.set(decoded.name, decoded.text);
    if (identity) advance(identity, record.appendTime);
    const told = decoded.kind === 'shard-event' && rules.stepShard?.(decoded.event, contextAt(record.appendTime));
    if (told && 'refused' in told) return told.refused.code;
    if (told) take(told);
    return undefined;
  };
  const inputs = new Map([...shard.inputs].map(([topic, records]) => [topic, byOffset(records)]));
  const released = byOffset(shard.decisions);
  const inOrder = (topic: string, offset: number): void => {
    const expected = next.get(topic) ?? firstOffset(shard.inputs.get(topic) ?? [], offset);
    if (offset !== expected)
      faults.push(`${topic}/${partition}: offset ${offset} was folded where ${expected} was next`);
    next.set(topic, offset + 1);
  };

  return {
    result: {
      states,
      stored,
      dueOf: (id: string) => rules.due(open(id)),
      configurations,
      outbox,
      kpis,
      deadLetters,
      rerouted,
      faults,
      firings,
      folded,
      get tallies() {
        return memory.tallies(streamTimeMs);
      },
      get streamTimeMs() {
        return streamTimeMs;
      },
      get settings() {
        return memory.settings();
      },
    },
    committed(atMs: number) {
      committedAtMs = atMs;
    },
    async record(topic: string, offset: number) {
      inOrder(topic, offset);
      const record = inputs.get(topic)?.get(offset);
      if (!record) return void faults.push(`${topic}/${partition}@${offset} was folded and is not in the log`);
      streamTimeMs = Math.max(streamTimeMs, record.appendTime);
      const place = `${topic}/${partition}@${offset}`;
      if ((record.value?.length ?? 0) > MAX_VALUE_BYTES) return void deadLetters.push(`${place} too-large`);
      const decoded = await topology.decode(record);
      if (decoded.kind === 'retry') throw new Error(`${place} cannot be decoded now: ${decoded.message}`);
      if (decoded.kind === 'poison') return void deadLetters.push(`${place} ${decoded.code}`);
      if (decoded.kind === 'shard' || decoded.kind === 'setting' || decoded.kind === 'shard-event') {
        const fault = forShard(decoded, record);
        if (fault) deadLetters.push(`${place} ${fault}`);
        return;
      }
      if (decoded.kind === 'configuration') return configure(decoded, record.appendTime);
      if (decoded.kind === 'erasure') return void states.delete(decoded.entityId);
      const { entityId, event, identity } = decoded;
      const fault = faultOf(record, entityId, identity.occurredAt);
      if (fault) return void deadLetters.push(`${place} ${fault}`);
      if (partitionOf(Buffer.from(entityId), partitionCount) !== partition) return void rerouted.push(place);
      const isLate = advance(identity, record.appendTime);
      const { late } = step(entityId, { kind: 'event', event, identity, isLate }, record.appendTime);
      if (late === 'set-aside') deadLetters.push(`${place} late`);
      else pushTo(folded, entityId, { event, identity, isLate, appendTime: record.appendTime });
    },
    timer(id: string, nowMs: number) {
      const state = open(id);
      const { wallMs, eventTime } = rules.due(state);
      const reached = eventTime && watermarks.get(eventTime.feed);
      const knownAtMs = touchedAtMs.get(id) ?? 0;
      if (wallMs !== undefined && wallMs <= nowMs) {
        firings.push({ id, kind: 'wall', dueSinceMs: Math.max(wallMs, knownAtMs), committedAtMs });
      } else if (eventTime && reached !== undefined && reached >= eventTime.dueMs) {
        const cameAt = reachedAt.get(eventTime.feed)?.find(({ watermark }) => watermark >= eventTime.dueMs)?.atMs ?? 0;
        firings.push({ id, kind: 'event-time', dueSinceMs: Math.max(cameAt, knownAtMs), committedAtMs });
      } else faults.push(`a timer of ${id} fired at ${nowMs}, and none was due`);
      step(id, { kind: 'timer' }, nowMs, state);
    },
    async adopt(id: string, offsets: readonly number[], nowMs: number) {
      const decisions: E[] = [];
      for (const offset of offsets) {
        const record = released.get(offset);
        const decoded = record && (await topology.decode(record));
        if (decoded?.kind === 'event' && decoded.entityId === id) decisions.push(decoded.event);
        else faults.push(`decision ${offset} of partition ${partition} was adopted for ${id} and is not his`);
      }
      step(id, { kind: 'adopt', decisions }, nowMs);
    },
    end() {
      for (const [topic, records] of shard.inputs) {
        const last = records.at(-1);
        const reached = next.get(topic) ?? firstOffset(records, 1);
        if (last && reached <= last.offset) {
          faults.push(`${topic}/${partition}: folded up to ${reached}, the log goes up to ${last.offset + 1}`);
        }
      }
    },
  };
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function byOffset(records: readonly LogRecord[]): ReadonlyMap<number, LogRecord> {
  return new Map(records.map((record) => [record.offset, record]));
}

/** A shard that was initialised with its log begins after the first record, a rebuilt one at it. */
function firstOffset(records: readonly LogRecord[], asked: number): number {
  const first = records[0]?.offset ?? 0;
  return asked === first ? first : first + 1;
}

function faultOf(record: LogRecord, entityId: string, occurredAt: number): string | undefined {
  if (!record.key || record.key.length === 0) return 'no-key';
  if (record.key.toString() !== entityId) return 'key-mismatch';
  return isFuture(record, occurredAt) ? 'future' : undefined;
}

function isFuture(record: LogRecord, occurredAt: number): boolean {
  return occurredAt > record.appendTime + FUTURE_TOLERANCE_MS;
}
