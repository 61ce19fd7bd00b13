import { createQueueConnection } from '@holdfast/redis';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { type JobData, jobData, queueName } from './contact-job.ts';
import { redisAddress } from './redis-address.ts';

/** A job as the handler sees it. */
export interface ContactJob extends JobData {
  /** How often it was taken before, by anybody. */
  readonly earlierAttempts: number;
}

/** `again-at` puts the job back until `atMs` (ms since the epoch); it never counts as a failure. */
export type ContactAnswer =
  | { readonly kind: 'done' }
  /** `tries` replaces the number the job holds. */
  | { readonly kind: 'again-at'; readonly atMs: number; readonly tries?: number };

/** At most `max` jobs are taken in `perMs`, by all workers of the channel together. */
export interface ContactRate {
  readonly max: number;
  readonly perMs: number;
}

export interface ContactWorkerOptions {
  readonly url: string;
  readonly channel: string;
  /** Jobs handled at the same time. */
  readonly concurrency: number;
  /**
   * The window begins with the first job taken and its count is kept in Redis, so it holds across processes; a job that is
   * put back counts again when it is taken again. All workers of a channel must name the same rate.
   */
  readonly rate?: ContactRate;
  /** A holder that does not renew its job for so long has lost it, ms; default 30 s. */
  readonly lockMs?: number;
  /** How often lost jobs are looked for, ms; default 15 s. */
  readonly stalledCheckMs?: number;
}

export interface ContactWorkerDeps {
  /** Connection errors; they heal by themselves. */
  readonly onError?: (error: Error) => void;
  /** The handler threw, or the job is none of ours: a defect, tried again with growing waits. */
  readonly onDefect?: (error: Error) => void;
}

export interface ContactWorker {
  readonly channel: string;
  /** Connected and taking jobs. */
  ready(): Promise<void>;
  isRunning(): boolean;
  /** Takes no more jobs, waits for those at work. */
  close(): Promise<void>;
}

const DEFAULT_LOCK_MS = 30_000;
const DEFAULT_STALLED_CHECK_MS = 15_000;
/** A job may lose its holder as often as it likes: whether it may be sent again is the handler's knowledge. */
const MAX_STALLED = 1_000_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;

/** Takes the jobs of one channel. A job whose holder died is handed out again. */
export function createContactWorker(
  options: ContactWorkerOptions,
  handle: (job: ContactJob) => Promise<ContactAnswer>,
  deps: ContactWorkerDeps = {},
): ContactWorker {
  const connection = createQueueConnection(redisAddress(options.url));
  const worker = new Worker<JobData>(queueName(options.channel), (job, token) => process(job, token, handle), {
    connection,
    concurrency: options.concurrency,
    ...(options.rate && { limiter: { max: options.rate.max, duration: options.rate.perMs } }),
    lockDuration: options.lockMs ?? DEFAULT_LOCK_MS,
    stalledInterval: options.stalledCheckMs ?? DEFAULT_STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    settings: { backoffStrategy: (attempts) => Math.min(BACKOFF_FIRST_MS * 2 ** (attempts - 1), BACKOFF_MAX_MS) },
  });
  worker.on('error', (error) => deps.onError?.(error));
  worker.on('failed', (_job, error) => deps.onDefect?.(error));
  return {
    channel: options.channel,
    ready: async () => {
      await worker.waitUntilReady();
    },
    isRunning: () => worker.isRunning(),
    async close() {
      await worker.close();
      connection.disconnect();
    },
  };
}

async function process(
  job: Job<JobData>,
  token: string | undefined,
  handle: (job: ContactJob) => Promise<ContactAnswer>,
): Promise<void> {
  const data = jobData(job.data);
  if (data === undefined || data.contactId !== job.id) throw new UnrecoverableError('the job holds no contact');
  const answer = await handle({ ...data, earlierAttempts: Math.max(0, job.attemptsStarted - 1) });
  if (answer.kind === 'done') return;
  // First the number, then the move: a crash between the two repeats a try under the number it had.
  if (answer.tries !== undefined && answer.tries !== data.tries) await job.updateData({ ...data, tries: answer.tries });
  await job.moveToDelayed(answer.atMs, token);
  throw new DelayedError();
}
