import {
  type Effects,
  type JournalLine,
  type LogRecord,
  type OutboxMessage,
  partitionOf,
  type StepContext,
  type Topology,
} from '@holdfast/engine';

/** What one shard left behind: its part of the log, and the order in which it says it folded it. */
export interface ShardRecords {
  readonly partition: number;
  /** Every record of the input topics in this partition, by topic, in order of offset. */
  readonly inputs: ReadonlyMap<string, readonly LogRecord[]>;
  /** The partition of the decision log. */
  readonly decisions: readonly LogRecord[];
  readonly journal: readonly JournalLine[];
}

/** What a shard must hold and must have sent, had nothing ever gone wrong. */
export interface CleanFold<S> {
  readonly states: ReadonlyMap<string, S>;
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
): Promise<CleanFold<S>> {
  const fold = createFold(topology, shard, partitionCount);
  for (const line of shard.journal) {
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

  const open = (id: string): S => {
    const bytes = stored.get(id);
    return bytes ? topology.read(id, bytes) : topology.create(id);
  };
  const step = (id: string, stimulus: Parameters<typeof topology.step>[1], nowMs: number, state = open(id)): void => {
    const context: StepContext = { entityId: id, partition, nowMs, watermark: (feed) => watermarks.get(feed) };
    take(topology.step(state, stimulus, context));
    stored.set(id, topology.encode(state));
    states.set(id, state);
  };
  const take = (effects: Effects): void => {
    outbox.push(...effects.outbox);
    for (const { campaign, cell, by } of effects.kpis) {
      kpis.set(`${campaign} ${cell}`, (kpis.get(`${campaign} ${cell}`) ?? 0) + by);
    }
  };
  /** Answers whether the event is behind what its feed had reached. */
  const advance = (identity: { source: string; type: string; occurredAt: number }, appendTime: number): boolean => {
    const feed = `${identity.source}|${identity.type}`;
    const reached = watermarks.get(feed);
    watermarks.set(
      feed,
      Math.max(reached ?? Number.NEGATIVE_INFINITY, Math.min(identity.occurredAt, appendTime) - GRACE_MS),
    );
    return reached !== undefined && identity.occurredAt < reached;
  };
  const find = (records: readonly LogRecord[], offset: number) => records.find((record) => record.offset === offset);
  const inOrder = (topic: string, offset: number): void => {
    const expected = next.get(topic) ?? firstOffset(shard.inputs.get(topic) ?? [], offset);
    if (offset !== expected)
      faults.push(`${topic}/${partition}: offset ${offset} was folded where ${expected} was next`);
    next.set(topic, offset + 1);
  };

  return {
    result: { states, outbox, kpis, deadLetters, rerouted, faults },
    async record(topic: string, offset: number) {
      inOrder(topic, offset);
      const record = find(shard.inputs.get(topic) ?? [], offset);
      if (!record) return void faults.push(`${topic}/${partition}@${offset} was folded and is not in the log`);
      const place = `${topic}/${partition}@${offset}`;
      if ((record.value?.length ?? 0) > MAX_VALUE_BYTES) return void deadLetters.push(`${place} too-large`);
      const decoded = await topology.decode(record);
      if (decoded.kind === 'retry') throw new Error(`${place} cannot be decoded now: ${decoded.message}`);
      if (decoded.kind === 'poison') return void deadLetters.push(`${place} ${decoded.code}`);
      if (decoded.kind === 'shard') {
        if (decoded.identity) advance(decoded.identity, record.appendTime);
        return;
      }
      const { entityId, event, identity } = decoded;
      const fault = faultOf(record, entityId, identity.occurredAt);
      if (fault) return void deadLetters.push(`${place} ${fault}`);
      if (partitionOf(Buffer.from(entityId), partitionCount) !== partition) return void rerouted.push(place);
      const isLate = advance(identity, record.appendTime);
      step(entityId, { kind: 'event', event, identity, isLate }, record.appendTime);
    },
    timer(id: string, nowMs: number) {
      const state = open(id);
      const { wallMs, eventTime } = topology.due(state);
      const reached = eventTime && watermarks.get(eventTime.feed);
      const isDue =
        (wallMs !== undefined && wallMs <= nowMs) || (eventTime && reached !== undefined && reached >= eventTime.dueMs);
      if (!isDue) faults.push(`a timer of ${id} fired at ${nowMs}, and none was due`);
      step(id, { kind: 'timer' }, nowMs, state);
    },
    async adopt(id: string, offsets: readonly number[], nowMs: number) {
      const decisions: E[] = [];
      for (const offset of offsets) {
        const record = find(shard.decisions, offset);
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

/** A shard that was initialised with its log begins after the first record, a rebuilt one at it. */
function firstOffset(records: readonly LogRecord[], asked: number): number {
  const first = records[0]?.offset ?? 0;
  return asked === first ? first : first + 1;
}

function faultOf(record: LogRecord, entityId: string, occurredAt: number): string | undefined {
  if (!record.key || record.key.length === 0) return 'no-key';
  if (record.key.toString() !== entityId) return 'key-mismatch';
  return occurredAt > record.appendTime + FUTURE_TOLERANCE_MS ? 'future' : undefined;
}
