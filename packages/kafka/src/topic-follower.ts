import { setTimeout as delay } from 'node:timers/promises';
import type { LogRecord } from '@holdfast/engine';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { asError } from './errors.ts';
import { toRecords } from './record.ts';

export interface TopicFollowerOptions extends ClientOptions {
  /** Members of one group share the partitions. Where it got to is kept in the log. */
  readonly groupId: string;
  readonly topics: readonly string[];
  /** A member silent for so long loses its partitions, ms. Default 30,000. */
  readonly sessionTimeoutMs?: number;
}

export interface TopicFollowerDeps {
  /**
   * Takes records of one partition, in order. They count as taken when it resolves; while it rejects the same records come
   * again, and after a change of members as well: at least once.
   */
  take(records: readonly LogRecord[]): Promise<void>;
  readonly logger?: KafkaLogger;
}

export interface TopicFollower {
  /** Whether it is a member of its group. */
  isFollowing(): boolean;
  close(): Promise<void>;
}

const SESSION_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 1_000;
const RETRY_MS = 500;

/**
 * Follows topics from where its group got to, from their beginning where it never began. It joins, and joins again after
 * whatever went wrong, by itself.
 */
export function createTopicFollower(options: TopicFollowerOptions, deps: TopicFollowerDeps): TopicFollower {
  const closing = new AbortController();
  const { signal } = closing;
  let consumer: Consumer | undefined;
  let isFollowing = false;

  const join = async (): Promise<void> => {
    const joining = createClient(options, deps).consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      allowAutoTopicCreation: false,
    });
    consumer = joining;
    joining.on(joining.events.GROUP_JOIN, () => {
      isFollowing = true;
    });
    const ended = new Promise<void>((resolve) => {
      joining.on(joining.events.CRASH, ({ payload }) => {
        isFollowing = false;
        deps.logger?.warn({ err: payload.error }, 'the follower left its group');
        if (!payload.restart) resolve();
      });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await joining.connect();
      await joining.subscribe({ topics: [...options.topics], fromBeginning: true });
      await joining.run({ eachBatchAutoResolve: false, eachBatch: (payload) => takeBatch(payload, deps, signal) });
      await ended;
    } finally {
      isFollowing = false;
      await joining.disconnect().catch(() => undefined);
    }
  };
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      await join().catch((thrown) => deps.logger?.warn({ err: asError(thrown) }, 'the follower cannot join its group'));
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const following = follow();

  return {
    isFollowing: () => isFollowing && consumer !== undefined,
    async close() {
      closing.abort();
      await following;
    },
  };
}

/** Never throws: the client would go through its own retries and then leave the group. */
async function takeBatch(payload: EachBatchPayload, deps: TopicFollowerDeps, closing: AbortSignal): Promise<void> {
  const { batch, heartbeat, resolveOffset } = payload;
  const records = toRecords(batch.topic, batch.partition, batch.messages);
  const beating = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_MS);
  try {
    while (!closing.aborted && !payload.isStale() && payload.isRunning()) {
      try {
        await deps.take(records);
        resolveOffset(batch.lastOffset());
        return;
      } catch (thrown) {
        deps.logger?.warn({ err: asError(thrown), topic: batch.topic }, 'records are taken again');
        await delay(RETRY_MS, undefined, { signal: closing }).catch(() => undefined);
      }
    }
  } finally {
    clearInterval(beating);
  }
}
