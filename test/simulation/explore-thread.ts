/** One thread of `explore.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { onItsOwnTurn } from './drain.ts';
import type { ThreadMessage } from './explore.ts';
import { explore } from './explorer.ts';

interface ThreadData {
  /** How many seeds were taken so far, by all threads. */
  readonly next: Int32Array;
  readonly seed: number;
  readonly schedules: number;
  readonly isFirstEnough: boolean;
}

const BLOCK = 100;
const { next, seed, schedules, isFirstEnough } = workerData as ThreadData;

// Lost answers are errors by the hundred thousand, and nobody looks where they were made.
Error.stackTraceLimit = 0;

/** Of a rejection that nobody caught in the schedule under way. */
let uncaught: string | undefined;
process.on('unhandledRejection', (error) => {
  uncaught ??= `nobody caught: ${String(error)}`;
});

const tell = (message: ThreadMessage) => parentPort?.postMessage(message);

const exploreBlock = (from: number, count: number) => {
  let actions = 0;
  let explored = 0;
  for (let i = 0; i < count; i++) {
    const run = explore(seed + from + i);
    const violation = run.violation ?? uncaught;
    uncaught = undefined;
    explored += 1;
    actions += run.trace.length;
    if (!violation) continue;
    tell({ kind: 'explored', schedules: explored - 1, actions });
    tell({ kind: 'violated', seed: run.seed, violation });
    explored = 1;
    actions = 0;
    // Whoever finds something ends it for all.
    if (isFirstEnough) Atomics.store(next, 0, schedules);
    if (isFirstEnough) break;
  }
  tell({ kind: 'explored', schedules: explored, actions });
};

for (;;) {
  const from = Atomics.add(next, 0, BLOCK);
  if (from >= schedules) break;
  await onItsOwnTurn(() => exploreBlock(from, Math.min(BLOCK, schedules - from)));
}
