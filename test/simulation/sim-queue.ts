import type { ContactQueue, OutboxJob } from '@holdfast/engine';
import type { Actor, Wire } from './wire.ts';

export interface SimJob {
  readonly job: OutboxJob;
  status: 'waiting' | 'active' | 'done';
  /** Not handed out before, ms. */
  atMs: number;
  attempts: number;
}

/** Jobs by contact id, one each while it is remembered, and the marks of what was begun and sent. */
export interface SimQueue {
  readonly jobs: ReadonlyMap<string, SimJob>;
  readonly sending: Set<string>;
  readonly sent: Set<string>;
  of(actor: Actor): ContactQueue;
  /** Forgets a finished job, as the queue does after a while. */
  expire(contactId: string): void;
}

export function createSimQueue(wire: Wire): SimQueue {
  const jobs = new Map<string, SimJob>();
  return {
    jobs,
    sending: new Set(),
    sent: new Set(),
    of(actor) {
      const lane = {};
      return {
        add: (added) =>
          wire.call(actor, 'queue', lane, () => {
            for (const job of added) {
              if (!jobs.has(job.contactId)) jobs.set(job.contactId, { job, status: 'waiting', atMs: 0, attempts: 0 });
            }
          }),
        close: async () => undefined,
      };
    },
    expire: (contactId) => void jobs.delete(contactId),
  };
}
