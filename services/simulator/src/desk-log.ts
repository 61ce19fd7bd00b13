import { randomUUID } from 'node:crypto';
import type { LogHandler, LogRecord } from '@holdfast/engine';
import { DECISION_TOPIC, INPUT_TOPICS, type LogEvent } from '@holdfast/events';
import {
  type ClientOptions,
  createInputLog,
  createRegistryDecoder,
  deleteGroup,
  type SchemaRegistry,
} from '@holdfast/kafka';

/** Decisions and what became of their delivery, as they are appended. */
export interface DeskLog {
  close(): Promise<void>;
}

export interface DeskLogHandler {
  take(event: LogEvent): void;
  /** The log can be read no longer. */
  crashed(error: Error): void;
}

const TOPICS = [DECISION_TOPIC, INPUT_TOPICS.interaction];

/** Follows the log from its end on: resolves when nothing that is appended from now on is missed. */
export async function followDeskLog(
  client: ClientOptions,
  registry: Pick<SchemaRegistry, 'schemaById'>,
  { take, crashed }: DeskLogHandler,
): Promise<DeskLog> {
  const groupId = `${client.clientId}-desk-${randomUUID()}`;
  const log = createInputLog({ ...client, groupId, topics: TOPICS });
  const decoder = createRegistryDecoder(registry);
  const begun = Promise.withResolvers<void>();
  const positions = new Map<string, number>();

  const begin = async (partitions: readonly number[]): Promise<void> => {
    for (const topic of TOPICS) {
      for (const partition of partitions) {
        const key = `${topic}/${partition}`;
        const next = positions.get(key) ?? (await log.bounds(topic, partition)).high;
        positions.set(key, next);
        log.resumeAt(topic, partition, next);
      }
    }
    begun.resolve();
  };
  const decode = async ({ value }: LogRecord): Promise<void> => {
    const outcome = await decoder.decode(value);
    if (outcome.kind === 'event') take(outcome.event);
  };
  // One after another: the first value of a schema waits for the registry, and those behind it must not overtake.
  let decoding = Promise.resolve();
  const handler: LogHandler = {
    assigned: (partitions) => void begin(partitions).catch(fail),
    batch({ topic, partition, records, nextOffset }) {
      const last = records.at(records.length - 1);
      positions.set(`${topic}/${partition}`, nextOffset ?? (last ? last.offset + 1 : 0));
      for (const record of records) decoding = decoding.then(() => decode(record));
    },
    disturbed(topic, partition) {
      const next = positions.get(`${topic}/${partition}`);
      if (next !== undefined) log.resumeAt(topic, partition, next);
    },
    crashed: (error) => fail(error),
  };
  function fail(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    begun.reject(failure);
    crashed(failure);
  }

  try {
    await log.start(handler);
    await begun.promise;
  } catch (error) {
    // Its connections would keep the process alive.
    await log.close();
    throw error;
  }
  return {
    async close() {
      await log.close();
      await decoding;
      await deleteGroup(client, groupId);
    },
  };
}
