import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogHandler, LogRecord } from '@holdfast/engine';
import type { ClientOptions, KafkaLogger } from './client.ts';
import { createInputLog, type KafkaInputLog } from './input-log.ts';
import { withAdmin } from './topics.ts';

/** Where one record stands. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

export interface ReadRecordsAtOptions extends ClientOptions {
  readonly topic: string;
  readonly places: readonly RecordPlace[];
  /** For all of them together, ms; rejects beyond it. Default 30,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Single records of a topic by their coordinates, keyed `partition/offset`. What retention has let go, and what never was
 * there, is missing in the answer. Rejects when the topic does not exist or the log cannot be read in time.
 */
export async function readRecordsAt(
  options: ReadRecordsAtOptions,
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<ReadonlyMap<string, LogRecord>> {
  if (options.places.length === 0) return new Map();
  const groupId = `holdfast-lookup-${options.topic}-${randomUUID()}`;
  const log = createInputLog({ ...options, topics: [options.topic], groupId }, deps);
  const lookup = createLookup(log, options);
  const timeout = new AbortController();
  try {
    await log.start(lookup.handler);
    await Promise.race([lookup.done, failAfter(options, timeout.signal)]);
    return lookup.found;
  } finally {
    timeout.abort();
    await log.close();
    // A group left behind is an untidiness for lag tools, not a failure of the reading.
    await withAdmin(options, deps, (admin) => admin.deleteGroups([groupId])).catch((thrown: unknown) =>
      deps.logger?.debug({ err: thrown, groupId }, 'the reading group was not deleted'),
    );
  }
}

async function failAfter({ topic, timeoutMs = DEFAULT_TIMEOUT_MS }: ReadRecordsAtOptions, signal: AbortSignal) {
  await delay(timeoutMs, undefined, { signal }).catch(() => undefined);
  throw new Error(`the records of ${topic} were not found in ${timeoutMs} ms`);
}

/** Seeks one place after the other in each partition, and takes what a batch has of all of them. */
function createLookup(log: KafkaInputLog, { topic, places }: ReadRecordsAtOptions) {
  const found = new Map<string, LogRecord>();
  const waiting = new Map<number, number[]>();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let isAssigned = false;

  const seek = (partition: number): void => {
    const offset = waiting.get(partition)?.[0];
    if (offset !== undefined) {
      log.resumeAt(topic, partition, offset);
      return;
    }
    waiting.delete(partition);
    log.pause(topic, partition);
    if (waiting.size === 0) resolve();
  };
  const begin = async (): Promise<void> => {
    for (const [partition, group] of Map.groupBy(places, ({ partition }) => partition)) {
      const { low, high } = await log.bounds(topic, partition);
      const offsets = new Set(group.map(({ offset }) => offset).filter((offset) => offset >= low && offset < high));
      if (offsets.size > 0)
        waiting.set(
          partition,
          [...offsets].sort((a, b) => a - b),
        );
    }
    if (waiting.size === 0) resolve();
    for (const partition of [...waiting.keys()]) seek(partition);
  };
  const handler: LogHandler = {
    assigned() {
      if (isAssigned) return reject(new Error('the group was rebalanced while reading; read again'));
      isAssigned = true;
      begin().catch(reject);
    },
    batch({ partition, records, nextOffset = 0 }) {
      const offsets = waiting.get(partition);
      if (!offsets) return;
      for (const record of records) {
        if (offsets.includes(record.offset)) found.set(`${partition}/${record.offset}`, record);
      }
      const reached = Math.max(nextOffset, (records.at(-1)?.offset ?? -1) + 1);
      while (offsets[0] !== undefined && offsets[0] < reached) offsets.shift();
      seek(partition);
    },
    disturbed: () => undefined,
    crashed: reject,
  };
  // Whoever waits for it may have given up before.
  done.catch(() => undefined);
  return { handler, done, found };
}
