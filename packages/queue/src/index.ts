export type {
  ContactQueueOptions,
  JobState,
  QueueCounts,
  WatchableContactQueue,
} from './contact-queue.ts';
export { createContactQueue } from './contact-queue.ts';
export type {
  ContactAnswer,
  ContactJob,
  ContactRate,
  ContactWorker,
  ContactWorkerDeps,
  ContactWorkerOptions,
} from './contact-worker.ts';
export { createContactWorker } from './contact-worker.ts';
