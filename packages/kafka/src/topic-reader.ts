import { randomUUID } from 'node:crypto';
import type { LogHandler, LogRecord } from '@holdfast/engine';
import type { ClientOptions, KafkaLogger } from './client.ts';
import { deleteGroup } from './group.ts';
import { createInputLog, type KafkaInputLog } from './input-log.ts';
import { withAdmin } from './topics.ts';

export interface ReadTopicOptions extends ClientOptions {
  readonly topic: string;
  /**
   * A time: from the first record appended at or after it, ms since the epoch. Offsets, by partition: from there on, or
   * from the oldest record left.
   */
  readonly from: 'beginning' | { readonly atMs: number } | { readonly offsets: ReadonlyMap<number, number> };
  /** Stops after so many records. Default: all. */
  readonly max?: number;
  /** The longest wait for the next records, ms; the iteration throws beyond it. Default 30,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Values fetched ahead of a slow reader, bytes; beyond it partitions wait. */
const MAX_AHEAD_BYTES = 32 * 1024 * 1024;

/**
 * The records of a topic from its beginning, or from a time on, to where it ended when reading began; partitions are interleaved, each in
 * order. Uses a consumer group of its own and deletes it afterwards.
 */
export async function* readTopic(
  options: ReadTopicOptions,
  deps: { readonly logger?: KafkaLogger } = {},
): AsyncGenerator<LogRecord, void, undefined> {
  const groupId = `holdfast-reader-${options.topic}-${randomUUID()}`;
  const log = createInputLog({ ...options, topics: [options.topic], groupId }, deps);
  const feed = createFeed(log, options.topic, await startsOf(options, deps));
  let left = options.max ?? Number.POSITIVE_INFINITY;
  try {
    await log.start(feed.handler);
    while (left > 0) {
      const records = await feed.next(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      if (!records) return;
      const wanted = records.slice(0, left);
      left -= wanted.length;
      yield* wanted;
    }
  } finally {
    await log.close();
    await deleteGroup(options, groupId, deps);
  }
}

/** Of each partition the offset of the first record appended at or after a time, ms since the epoch; its end where there is none. */
export async function offsetsAt(
  { topic, atMs, ...options }: ClientOptions & { readonly topic: string; readonly atMs: number },
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<ReadonlyMap<number, number>> {
  const offsets = await withAdmin(options, deps, (admin) => admin.fetchTopicOffsetsByTimestamp(topic, atMs));
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** The offset to begin at, by partition; a partition that is missing is read from its beginning. */
type Starts = ReadonlyMap<number, number>;

async function startsOf(
  { from, ...options }: ReadTopicOptions,
  deps: { readonly logger?: KafkaLogger },
): Promise<Starts> {
  if (from === 'beginning') return new Map();
  return 'offsets' in from ? from.offsets : offsetsAt({ ...options, atMs: from.atMs }, deps);
}

interface Feed {
  readonly handler: LogHandler;
  /** Undefined at the end; rejects on a crash, or when nothing comes in time. */
  next(timeoutMs: number): Promise<readonly LogRecord[] | undefined>;
}

function createFeed(log: KafkaInputLog, topic: string, starts: Starts): Feed {
  /** Per partition the offset to stop at; undefined until the assignment came. */
  let ends: Map<number, number> | undefined;
  const arrived: LogRecord[][] = [];
  let aheadBytes = 0;
  /** Partitions that wait for the reader, with the offset to go on at. */
  const held = new Map<number, number>();
  let failure: Error | undefined;
  let wake = Promise.withResolvers<void>();

  const begin = async (partitions: readonly number[]): Promise<void> => {
    const bounds = await Promise.all(partitions.map((partition) => log.bounds(topic, partition)));
    ends = new Map();
    partitions.forEach((partition, index) => {
      const { low, high } = bounds[index] ?? { low: 0, high: 0 };
      const start = Math.max(low, starts.get(partition) ?? low);
      if (start >= high) return;
      ends?.set(partition, high);
      log.resumeAt(topic, partition, start);
    });
    wake.resolve();
  };
  const fail = (error: Error) => {
    failure = error;
    wake.resolve();
  };
  const handler: LogHandler = {
    assigned(partitions) {
      if (ends) return fail(new Error('the group was rebalanced while reading; read again'));
      begin(partitions).catch(fail);
    },
    batch({ partition, records: packed, nextOffset }) {
      const end = ends?.get(partition);
      if (end === undefined) return;
      const records = [...packed];
      arrived.push(records.filter(({ offset }) => offset < end));
      aheadBytes += records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      if ((nextOffset ?? 0) >= end) {
        ends?.delete(partition);
        log.pause(topic, partition);
      } else if (aheadBytes > MAX_AHEAD_BYTES && nextOffset !== undefined) {
        held.set(partition, nextOffset);
        log.pause(topic, partition);
      }
      wake.resolve();
    },
    disturbed: () => undefined,
    crashed: fail,
  };
  const take = (): readonly LogRecord[] => {
    for (const [partition, offset] of held) log.resumeAt(topic, partition, offset);
    held.clear();
    aheadBytes = 0;
    return arrived.splice(0).flat();
  };
  return {
    handler,
    async next(timeoutMs) {
      for (;;) {
        if (failure) throw failure;
        if (arrived.length > 0) return take();
        if (ends?.size === 0) return undefined;
        await within(wake.promise, timeoutMs, () => `nothing came from ${topic} in ${timeoutMs} ms, ${missing(ends)}`);
        wake = Promise.withResolvers();
      }
    },
  };
}

function missing(ends: ReadonlyMap<number, number> | undefined): string {
  if (!ends) return 'the group made no assignment';
  return `missing ${[...ends].map(([partition, end]) => `partition ${partition} up to ${end}`).join(', ')}`;
}

async function within(wait: Promise<void>, timeoutMs: number, message: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), timeoutMs);
  });
  try {
    await Promise.race([wait, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
