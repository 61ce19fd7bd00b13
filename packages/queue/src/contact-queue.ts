import type { ContactQueue, OutboxJob } from '@holdfast/engine';
import { type JobsOptions, Queue } from 'bullmq';
import { assertJob, type JobData, jobData, queueName } from './contact-job.ts';
import { type RedisAddress, redisAddress } from './redis-address.ts';

export interface ContactQueueOptions {
  readonly url: string;
  /** Queues opened at once; others open at their first job. */
  readonly channels: readonly string[];
  /** How long a finished job keeps its id taken. Must outlast any replay; whichever bound is met first removes it. */
  readonly keepCompleted?: { readonly ageDays: number; readonly count: number };
  /** A command or a connection that takes longer has failed, ms. */
  readonly timeoutMs?: number;
}

export type JobState = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'absent';

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

/** The queues of all channels, for whoever adds jobs or watches them. */
export interface WatchableContactQueue extends ContactQueue {
  counts(channel: string): Promise<QueueCounts>;
  /** What waits for its time, in no order: the first `max` of it. */
  delayed(channel: string, max: number): Promise<readonly JobData[]>;
  jobState(channel: string, contactId: string): Promise<JobState>;
}

const DEFAULT_KEEP = { ageDays: 40, count: 500_000 };
const DEFAULT_TIMEOUT_MS = 5_000;
const DAY_SECONDS = 86_400;
const RECONNECT_MAX_MS = 1_000;
/** A handler that throws is a defect; its job stays alive this often, the last waits being the longest. */
const ATTEMPTS = 1_000;

/**
 * One queue per channel, `holdfast-contact-<channel>`. `add` resolves when Redis has the jobs; it rejects, and may be
 * called again with the same jobs, when Redis is away or slow.
 */
export function createContactQueue(
  options: ContactQueueOptions,
  deps: { readonly onError?: (error: Error) => void } = {},
): WatchableContactQueue {
  const address = redisAddress(options.url);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const queues = new Map<string, Queue<OutboxJob>>();
  const open = (channel: string): Queue<OutboxJob> => {
    const found = queues.get(channel);
    if (found !== undefined) return found;
    const queue = new Queue<OutboxJob>(queueName(channel), { connection: producerConnection(address, timeoutMs) });
    queue.on('error', (error) => deps.onError?.(error));
    queues.set(channel, queue);
    return queue;
  };
  const ready = async (channel: string): Promise<Queue<OutboxJob>> => {
    const queue = open(channel);
    await within(queue.waitUntilReady(), timeoutMs);
    return queue;
  };
  for (const channel of options.channels) open(channel);

  return {
    async add(jobs) {
      for (const job of jobs) assertJob(job);
      const byChannel = Map.groupBy(jobs, (job) => job.channel);
      const keep = options.keepCompleted ?? DEFAULT_KEEP;
      for (const [channel, ofChannel] of byChannel) {
        const queue = await ready(channel);
        await within(queue.addBulk(ofChannel.map((job) => bulkEntry(job, keep))), timeoutMs);
      }
    },
    async counts(channel) {
      const queue = await ready(channel);
      const found = await within(queue.getJobCounts('waiting', 'delayed', 'active', 'completed', 'failed'), timeoutMs);
      const of = (state: string): number => found[state] ?? 0;
      return {
        waiting: of('waiting'),
        delayed: of('delayed'),
        active: of('active'),
        completed: of('completed'),
        failed: of('failed'),
      };
    },
    async delayed(channel, max) {
      const queue = await ready(channel);
      const jobs = await within(queue.getDelayed(0, max - 1), timeoutMs);
      return jobs.flatMap((job) => jobData(job.data) ?? []);
    },
    async jobState(channel, contactId) {
      const queue = await ready(channel);
      return stateWord(await within(queue.getJobState(contactId), timeoutMs));
    },
    async close() {
      await Promise.all([...queues.values()].map(closeQueue));
      queues.clear();
    },
  };
}

/** A connection that was lost a moment ago takes no farewell: BullMQ would reject, and go on connecting. */
async function closeQueue(queue: Queue<OutboxJob>): Promise<void> {
  try {
    await queue.close();
  } catch {
    // Nobody waits for this: of a connection between two tries no end is ever told.
    queue.disconnect().catch(() => undefined);
  }
}

function producerConnection(address: RedisAddress, timeoutMs: number) {
  return {
    ...address,
    connectTimeout: timeoutMs,
    /** A command that cannot be sent now fails now: the relay holds the jobs and asks again. */
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times: number) => Math.min(times * 100, RECONNECT_MAX_MS),
  };
}

function bulkEntry(job: OutboxJob, keep: { readonly ageDays: number; readonly count: number }) {
  const { channel, contactId, entityId, sendAt, sendBy } = job;
  const opts: JobsOptions = {
    jobId: contactId,
    delay: Math.max(0, sendAt - Date.now()),
    attempts: ATTEMPTS,
    backoff: { type: 'custom' },
    removeOnComplete: { age: keep.ageDays * DAY_SECONDS, count: keep.count },
    removeOnFail: { age: keep.ageDays * DAY_SECONDS, count: keep.count },
    stackTraceLimit: 3,
  };
  return { name: 'contact', data: { channel, contactId, entityId, sendAt, sendBy }, opts };
}

function stateWord(state: string): JobState {
  switch (state) {
    case 'delayed':
    case 'active':
    case 'completed':
    case 'failed':
      return state;
    case 'waiting':
    case 'waiting-children':
    case 'prioritized':
      return 'waiting';
    default:
      return 'absent';
  }
}

/** Rejects when the answer is late; the late answer itself is dropped. */
async function within<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the queue's Redis gave no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
