import type { ContactQueue, OutboxJob } from '@holdfast/engine';

/** A queue in memory that keeps one job per contact id, as BullMQ does while the job exists. */
export interface FakeContactQueue extends ContactQueue {
  readonly jobs: ReadonlyMap<string, OutboxJob>;
  /** How often each contact id was offered. */
  readonly offered: ReadonlyMap<string, number>;
  /** While stopped, adding rejects. */
  setStopped(isStopped: boolean): void;
}

export function createFakeContactQueue(): FakeContactQueue {
  const jobs = new Map<string, OutboxJob>();
  const offered = new Map<string, number>();
  let isStopped = false;
  return {
    jobs,
    offered,
    setStopped(value) {
      isStopped = value;
    },
    async add(added) {
      if (isStopped) throw new Error('the queue is not reached');
      for (const job of added) {
        offered.set(job.contactId, (offered.get(job.contactId) ?? 0) + 1);
        if (!jobs.has(job.contactId)) jobs.set(job.contactId, job);
      }
    },
    close: async () => undefined,
  };
}
