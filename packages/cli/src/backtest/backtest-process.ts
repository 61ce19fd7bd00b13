import type { PartitionResult } from '@holdfast/backtest';
import { type BacktestJob, type BacktestOrder, openBacktestJob } from './backtest-job.ts';

/** What a process is told: its order, then partitions, one at a time. */
export type ProcessTask = { readonly order: BacktestOrder } | { readonly partition: number };

export type ProcessWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly partition: number; readonly records: number }
  | { readonly kind: 'result'; readonly partition: number; readonly result: PartitionResult }
  | { readonly kind: 'failed'; readonly message: string };

const say = (word: ProcessWord) => void process.send?.(word);
let job: BacktestJob | undefined;

async function work(task: ProcessTask): Promise<void> {
  if ('order' in task) {
    job = await openBacktestJob(task.order);
    return say({ kind: 'ready' });
  }
  const { partition } = task;
  const result = await job?.run(partition, (records) => say({ kind: 'progress', partition, records }));
  if (result) say({ kind: 'result', partition, result });
}

process.on('message', (task: ProcessTask) => {
  work(task).catch((error: unknown) => {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
