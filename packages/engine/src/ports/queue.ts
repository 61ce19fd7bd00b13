import type { OutboxJob } from './store.ts';

/** Where released contacts wait for a dispatcher. Adding an id that is there already changes nothing. */
export interface ContactQueue {
  add(jobs: readonly OutboxJob[]): Promise<void>;
  close(): Promise<void>;
}
