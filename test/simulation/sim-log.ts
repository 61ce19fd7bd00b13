import {
  type Fingerprint,
  fingerprintOf,
  type InputLog,
  type InputPosition,
  type LogHandler,
  type LogRecord,
  type OutputLog,
  type ProducedMessage,
} from '@holdfast/engine';
import type { SimClock } from './sim-clock.ts';
import type { Actor, Wire } from './wire.ts';

export interface SimLogDeps {
  readonly wire: Wire;
  readonly clock: SimClock;
  /** Told of every record as it is appended. */
  appended(record: LogRecord): void;
  /** Whether the group would confirm this member as the owner. */
  isOwner(actor: Actor): boolean;
}

/** What one worker reads, and where it stands. */
export interface Member {
  readonly actor: Actor;
  readonly input: InputLog;
  /** What the group told it last. */
  isAssigned: boolean;
  /** Topics whose fetches fail until the consumer was told. */
  readonly disturbed: Set<string>;
  handler(): LogHandler | undefined;
  /** Offset the next fetch of the topic begins at; undefined when it is not fetched. */
  cursor(topic: string): number | undefined;
  /** A fetch that answers up to `limit` records. */
  fetch(topic: string, limit: number): void;
  /** The consumer fetches from an earlier offset again, as after a restart of its session. */
  rewind(topic: string, by: number): void;
  /** Whether bounds were, or are next, those of a replica that lags by one record. */
  staleBounds: 'never' | 'next' | 'given';
}

/** Logs of one partition each, with one consumer group. Every answer waits for the scheduler. */
export interface SimLog {
  readonly clusterId: string;
  append(topic: string, message: Partial<ProducedMessage>): LogRecord;
  records(topic: string): readonly LogRecord[];
  low(topic: string): number;
  truncate(topic: string, low: number): void;
  /** Begins the log anew, with records of somebody else in it. */
  recreate(topic: string, values: readonly ProducedMessage[]): void;
  /** Writes a first record to every topic and answers where a shard initialised now starts. */
  initialise(topics: readonly string[]): Record<string, InputPosition>;
  join(actor: Actor): Member;
  output(actor: Actor): OutputLog;
}

interface Partition {
  records: LogRecord[];
  low: number;
}

export function createSimLog({ wire, clock, appended, isOwner }: SimLogDeps): SimLog {
  const clusterId = 'sim';
  const partitions = new Map<string, Partition>();
  const members: Member[] = [];

  const partitionOf = (topic: string): Partition => {
    const found = partitions.get(topic);
    if (found) return found;
    const made = { records: [], low: 0 };
    partitions.set(topic, made);
    return made;
  };

  const append = (topic: string, message: Partial<ProducedMessage>): LogRecord => {
    const { records } = partitionOf(topic);
    const { key = null, value = null, headers = {} } = message;
    const record = { topic, partition: 0, offset: records.length, appendTime: clock.nowMs(), key, value, headers };
    records.push(record);
    appended(record);
    return record;
  };

  const join = (actor: Actor): Member => {
    const cursors = new Map<string, { offset: number; isPaused: boolean }>();
    const disturbed = new Set<string>();
    const lane = {};
    let handler: LogHandler | undefined;
    const input: InputLog = {
      async start(given) {
        handler = given;
      },
      resumeAt: (topic, _, offset) => void cursors.set(topic, { offset, isPaused: false }),
      pause(topic) {
        const cursor = cursors.get(topic);
        if (cursor) cursor.isPaused = true;
      },
      bounds: (topic) =>
        wire.call(actor, 'bounds', lane, () => {
          const { low, records } = partitionOf(topic);
          const lag = member.staleBounds === 'next' && records.length > low ? 1 : 0;
          if (lag > 0) member.staleBounds = 'given';
          return { low, high: records.length - lag };
        }),
      clusterId: async () => clusterId,
      confirmAssignment: () =>
        wire.call(actor, 'confirm', lane, () => {
          if (!isOwner(actor)) throw new Error('the group is rebalancing');
        }),
      reportProgress: async () => undefined,
      close: async () => undefined,
    };
    const member: Member = {
      actor,
      input,
      isAssigned: false,
      disturbed,
      staleBounds: 'never',
      handler: () => handler,
      cursor(topic) {
        const cursor = cursors.get(topic);
        return !cursor || cursor.isPaused || disturbed.has(topic) ? undefined : cursor.offset;
      },
      fetch(topic, limit) {
        const cursor = cursors.get(topic);
        if (!cursor) return;
        const { low, records } = partitionOf(topic);
        // As kafkajs does: an offset out of range is reset; its adapter says so.
        if (cursor.offset > records.length || cursor.offset < low) {
          cursor.offset = low;
          return handler?.disturbed(topic, 0, 'offset out of range');
        }
        const fetched = records.slice(cursor.offset, cursor.offset + limit);
        if (fetched.length === 0) return;
        cursor.offset += fetched.length;
        handler?.batch({ topic, partition: 0, records: fetched, highWatermark: records.length });
      },
      rewind(topic, by) {
        const cursor = cursors.get(topic);
        if (cursor) cursor.offset = Math.max(partitionOf(topic).low, cursor.offset - by);
      },
    };
    members.push(member);
    return member;
  };

  return {
    clusterId,
    append,
    join,
    records: (topic) => partitionOf(topic).records,
    low: (topic) => partitionOf(topic).low,
    truncate(topic, low) {
      partitionOf(topic).low = low;
    },
    recreate(topic, values) {
      partitions.set(topic, { records: [], low: 0 });
      for (const member of members) member.disturbed.add(topic);
      for (const value of values) append(topic, value);
    },
    initialise: (topics) =>
      Object.fromEntries(
        topics.map((topic) => {
          const record = append(topic, {
            value: Buffer.from(topic),
            headers: { 'holdfast-kind': Buffer.from('init') },
          });
          const fingerprint: Fingerprint = fingerprintOf(record);
          return [topic, { nextOffset: record.offset + 1, fingerprint }];
        }),
      ),
    output(actor) {
      const lane = {};
      return {
        produce: (topic, _, messages) =>
          wire.call(actor, 'produce', lane, () => {
            const records = messages.map((message) => append(topic, message));
            return { baseOffset: records[0]?.offset ?? 0, appendTime: clock.nowMs() };
          }),
        partitionCount: async () => 1,
        close: async () => undefined,
      };
    },
  };
}
