import { fingerprintOf, hashOf } from './fingerprint.ts';
import { partitionOf } from './partitioner.ts';
import type { Clock } from './ports/clock.ts';
import type { OutputLog, Produced } from './ports/log.ts';
import type { EngineObserver } from './ports/observer.ts';
import type { ContactQueue } from './ports/queue.ts';
import {
  type InputPosition,
  JOB_ONLY,
  type OutboxEntry,
  type OutboxMessage,
  type ShardId,
  type ShardSession,
  type StoreFailure,
} from './ports/store.ts';
import { createWakeUp } from './signal.ts';

export interface RelayDeps {
  readonly shard: ShardId;
  readonly session: ShardSession;
  readonly output: OutputLog;
  readonly queue: ContactQueue;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /** The version the next command on the session will meet. */
  version(): number;
  /** Entries left in the outbox, as of the last look. */
  remaining(entries: number): void;
  /** The store answered that this claim is over. */
  lost(failure: StoreFailure): void;
}

export interface RelayOptions {
  readonly decisionTopic: string;
  readonly batchSize: number;
  readonly retryMs: number;
}

/** Effects leave here, and only what a commit wrote: log, then queue, then trim. */
export interface Relay {
  /**
   * Trims what an earlier claim had produced already, after adding its jobs. `hashes` are of decisions found in the log
   * at the claim. Before the adoption commit, which moves the relay offset past those records: a crash in between would
   * otherwise produce them again. Answers false when the queue or the store could not be asked: then the relay offset
   * stays where it is.
   */
  finishReleased(hashes: readonly string[]): Promise<boolean>;
  start(): void;
  /** The outbox has, or may have, entries. */
  wake(): void;
  close(): Promise<void>;
}

/** An idle relay looks this often; each look also asks whether the shard is still ours. */
const IDLE_MS = 60_000;
/** A replica that has not answered by then is asked again with the entries still in place. */
const DURABLE_MS = 500;

interface ProducedRun {
  readonly from: number;
  readonly relay: InputPosition;
}

export function createRelay(deps: RelayDeps, options: RelayOptions): Relay {
  const wakeUp = createWakeUp(deps.clock);
  const released = new Set<string>();
  /** Ids of entries that were produced and wait for their jobs or the trim: asked for again, they would be copies. */
  const produced = new Set<string>();
  let isClosed = false;

  const produceDecisions = async (entries: readonly OutboxEntry[]): Promise<ProducedRun | null> => {
    const messages = entries
      .map((entry) => entry.message)
      .filter((message) => isDecision(message) && !released.has(hashOf(message)));
    const last = messages.at(-1);
    if (!last) return null;
    const produced = await deps.output.produce(options.decisionTopic, deps.shard.partition, messages);
    for (const message of messages) released.add(hashOf(message));
    return { from: produced.baseOffset, relay: positionAfter(produced, messages.length, last) };
  };

  const isDecision = (message: OutboxMessage) =>
    message.topic === options.decisionTopic && message.partition === deps.shard.partition;

  const produceOthers = async (entries: readonly OutboxEntry[]) => {
    const groups = new Map<string, { topic: string; partition: number; messages: OutboxMessage[]; ids: string[] }>();
    for (const { id, message } of entries) {
      if (isDecision(message) || message.topic === JOB_ONLY || produced.has(id)) continue;
      const partition = message.partition ?? (await partitionFor(message));
      const name = `${message.topic}/${partition}`;
      const group = groups.get(name) ?? { topic: message.topic, partition, messages: [], ids: [] };
      group.messages.push(message);
      group.ids.push(id);
      groups.set(name, group);
    }
    for (const { topic, partition, messages, ids } of groups.values()) {
      await deps.output.produce(topic, partition, messages);
      for (const id of ids) produced.add(id);
    }
  };

  const partitionFor = async (message: OutboxMessage) => {
    const count = await deps.output.partitionCount(message.topic);
    return message.key ? partitionOf(message.key, count) : deps.shard.partition % count;
  };

  const release = async (entries: readonly OutboxEntry[]): Promise<boolean> => {
    const run = await produceDecisions(entries);
    await produceOthers(entries);
    const jobs = entries.flatMap(({ message }) => (message.job ? [message.job] : []));
    if (jobs.length > 0) await deps.queue.add(jobs);
    const answer = await deps.session.trim(deps.version(), {
      ids: entries.map((entry) => entry.id),
      entriesVersion: Math.max(...entries.map((entry) => entry.version)),
      producedFrom: run?.from ?? null,
      relay: run?.relay ?? null,
    });
    if (answer.kind !== 'ok') {
      deps.lost(answer);
      return false;
    }
    for (const { id, message } of entries) {
      released.delete(hashOf(message));
      produced.delete(id);
    }
    deps.observer.released(deps.shard, entries.length, jobs.length);
    return true;
  };

  /** Answers whether there may be more. */
  const round = async (): Promise<boolean> => {
    const answer = await deps.session.readOutbox(deps.version(), options.batchSize);
    if (answer.kind !== 'ok') {
      deps.lost(answer);
      isClosed = true;
      return false;
    }
    if (answer.entries.length === 0) {
      deps.remaining(0);
      return false;
    }
    const durable = await deps.session.awaitDurable(DURABLE_MS);
    if (durable.kind === 'not-yet') throw new Error(`no replica or disk has them after ${DURABLE_MS} ms`);
    if (durable.kind !== 'ok') {
      deps.lost(durable);
      isClosed = true;
      return false;
    }
    if (!(await release(answer.entries))) isClosed = true;
    const left = answer.length - answer.entries.length;
    deps.remaining(left);
    return left > 0;
  };

  const run = async () => {
    let hasMore = true;
    while (!isClosed) {
      if (!hasMore) await wakeUp.wait(IDLE_MS);
      if (isClosed) return;
      try {
        hasMore = await round();
      } catch (error) {
        deps.observer.trouble(deps.shard, 'relay', `effects stay in the outbox for now: ${messageOf(error)}`);
        await deps.clock.sleep(options.retryMs);
        hasMore = true;
      }
    }
  };
  let running: Promise<void> | undefined;

  return {
    async finishReleased(hashes) {
      for (const hash of hashes) released.add(hash);
      if (hashes.length === 0) return true;
      try {
        for (;;) {
          const answer = await deps.session.readOutbox(deps.version(), options.batchSize);
          if (answer.kind !== 'ok') {
            deps.lost(answer);
            return false;
          }
          const known = answer.entries.filter(({ message }) => isDecision(message) && released.has(hashOf(message)));
          if (known.length === 0) return true;
          if (!(await release(known))) return false;
        }
      } catch (error) {
        deps.observer.trouble(deps.shard, 'relay', `released effects stay in the outbox for now: ${messageOf(error)}`);
        return false;
      }
    },
    start() {
      running ??= run();
    },
    wake: () => wakeUp.wake(),
    async close() {
      isClosed = true;
      wakeUp.wake();
      await running;
    },
  };
}

function positionAfter(produced: Produced, count: number, last: OutboxMessage): InputPosition {
  const offset = produced.baseOffset + count - 1;
  const record = { offset, appendTime: produced.appendTime ?? 0, key: last.key, value: last.value };
  return { nextOffset: offset + 1, fingerprint: fingerprintOf(record) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
