import type {
  Clock,
  Fingerprint,
  InputLog,
  InputPosition,
  LogHandler,
  LogRecord,
  OutputLog,
  ProducedMessage,
} from '@holdfast/engine';
import { fingerprintOf } from '@holdfast/engine';

/** A broker in memory: partitions with append times, one consumer group, fetches that a test can hold back or break. */
export interface FakeBroker {
  readonly clusterId: string;
  append(topic: string, partition: number, message: Partial<ProducedMessage>): LogRecord;
  /** An offset that no consumer sees, as a transaction marker leaves it. */
  appendMarker(topic: string, partition: number): void;
  records(topic: string, partition: number): readonly LogRecord[];
  /** Forgets records below the offset. */
  truncate(topic: string, partition: number, low: number): void;
  /** Deletes and creates the partition: offsets begin again. */
  recreate(topic: string, partition: number): void;
  /** Gives the partitions to the members by name; each is told, and the rest lose theirs. */
  assign(owners: Readonly<Record<string, readonly number[]>>): void;
  /** Fetches of the topic answer nothing while it is silenced. */
  silence(topic: string, isSilent: boolean): void;
  member(name: string): InputLog;
  output(): OutputLog;
  /** The next produces fail: before or after the records were appended. */
  failProduce(times: number, when: 'before' | 'after'): void;
  /** Where a shard initialised now would start: one init record in each partition. */
  initialise(topics: readonly string[], partitions: number): Record<string, InputPosition>[];
}

interface Member {
  handler: LogHandler | undefined;
  readonly cursors: Map<string, { offset: number; isPaused: boolean }>;
  partitions: readonly number[];
  isClosed: boolean;
}

const FETCH_MS = 10;
const FETCH_RECORDS = 200;

export function createFakeBroker(clock: Clock, clusterId = 'fake-cluster'): FakeBroker {
  const logs = new Map<string, (LogRecord | 'marker')[]>();
  const lows = new Map<string, number>();
  const members = new Map<string, Member>();
  const silent = new Set<string>();
  let failing = { times: 0, when: 'before' as 'before' | 'after' };
  let count = 1;

  const nameOf = (topic: string, partition: number) => `${topic}/${partition}`;
  const logOf = (topic: string, partition: number) => {
    const name = nameOf(topic, partition);
    const log = logs.get(name) ?? [];
    logs.set(name, log);
    return log;
  };
  const boundsOf = (topic: string, partition: number) => ({
    low: lows.get(nameOf(topic, partition)) ?? 0,
    high: logOf(topic, partition).length,
  });

  const append = (topic: string, partition: number, message: Partial<ProducedMessage>): LogRecord => {
    const log = logOf(topic, partition);
    const record: LogRecord = {
      topic,
      partition,
      offset: log.length,
      appendTime: clock.now(),
      key: message.key ?? null,
      value: message.value ?? null,
      headers: message.headers ?? {},
    };
    log.push(record);
    return record;
  };

  const fetch = (member: Member) => {
    for (const [name, cursor] of member.cursors) {
      const [topic = '', partitionText] = name.split('/');
      const partition = Number(partitionText);
      if (cursor.isPaused || silent.has(topic) || !member.partitions.includes(partition)) continue;
      const { low, high } = boundsOf(topic, partition);
      // As kafkajs does: an offset out of range is reset, silently.
      if (cursor.offset > high || cursor.offset < low) cursor.offset = low;
      const slice = logOf(topic, partition).slice(cursor.offset, cursor.offset + FETCH_RECORDS);
      if (slice.length === 0) continue;
      cursor.offset += slice.length;
      const records = slice.filter((record) => record !== 'marker');
      if (records.length > 0) member.handler?.batch({ topic, partition, records, highWatermark: high });
    }
  };

  const run = async (member: Member) => {
    while (!member.isClosed) {
      fetch(member);
      await clock.sleep(FETCH_MS);
    }
  };

  const member = (name: string): InputLog => {
    const self: Member = { handler: undefined, cursors: new Map(), partitions: [], isClosed: false };
    return {
      async start(handler) {
        members.set(name, self);
        self.handler = handler;
        void run(self);
      },
      resumeAt: (topic, partition, offset) =>
        void self.cursors.set(nameOf(topic, partition), { offset, isPaused: false }),
      pause(topic, partition) {
        const cursor = self.cursors.get(nameOf(topic, partition));
        if (cursor) cursor.isPaused = true;
      },
      bounds: async (topic, partition) => boundsOf(topic, partition),
      clusterId: async () => clusterId,
      confirmAssignment: () => clock.sleep(20),
      reportProgress: async () => undefined,
      async close() {
        self.isClosed = true;
        members.delete(name);
      },
    };
  };

  return {
    clusterId,
    append,
    appendMarker: (topic, partition) => void logOf(topic, partition).push('marker'),
    records: (topic, partition) => logOf(topic, partition).filter((record) => record !== 'marker'),
    truncate: (topic, partition, low) => void lows.set(nameOf(topic, partition), low),
    recreate(topic, partition) {
      logs.set(nameOf(topic, partition), []);
      lows.delete(nameOf(topic, partition));
      for (const self of members.values()) self.handler?.disturbed(topic, partition, 'recreated');
    },
    assign(owners) {
      for (const [name, self] of members) {
        self.partitions = owners[name] ?? [];
        self.cursors.clear();
        self.handler?.assigned(self.partitions);
      }
    },
    silence: (topic, isSilent) => void (isSilent ? silent.add(topic) : silent.delete(topic)),
    member,
    output: () => ({
      async produce(topic, partition, messages) {
        await clock.sleep(2);
        const isFailing = failing.times > 0;
        if (isFailing) failing = { ...failing, times: failing.times - 1 };
        if (isFailing && failing.when === 'before') throw new Error('broker not reached');
        const records = messages.map((message) => append(topic, partition, message));
        if (isFailing) throw new Error('no reply from the broker');
        return { baseOffset: records[0]?.offset ?? 0, appendTime: clock.now() };
      },
      partitionCount: async () => count,
      close: async () => undefined,
    }),
    failProduce(times, when) {
      failing = { times, when };
    },
    initialise(topics, partitions) {
      count = partitions;
      return Array.from({ length: partitions }, (_, partition) =>
        Object.fromEntries(
          topics.map((topic) => {
            const value = Buffer.from(`init ${topic}/${partition}`);
            const record = append(topic, partition, { value, headers: { 'holdfast-kind': Buffer.from('init') } });
            const fingerprint: Fingerprint = fingerprintOf(record);
            return [topic, { nextOffset: record.offset + 1, fingerprint }];
          }),
        ),
      );
    },
  };
}
