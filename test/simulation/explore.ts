/**
 * Explores schedules on all cores and says what was found:
 * `node test/simulation/explore.ts --schedules 100000 --seed 1`, or one of them again: `--replay 4711`.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { onItsOwnTurn } from './drain.ts';
import { explore, type Run, shrink } from './explorer.ts';

/** What a thread tells. */
export type ThreadMessage =
  | { readonly kind: 'explored'; readonly schedules: number; readonly actions: number }
  | { readonly kind: 'violated'; readonly seed: number; readonly violation: string };

/** Schedules between two lines that say how far it is. */
const PROGRESS = 10_000;

interface Finding {
  readonly seed: number;
  readonly violation: string;
  /** Schedules explored when it was found, by all threads. */
  readonly after: number;
}

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
    /** Stops at the first violation. */
    first: { type: 'boolean', default: false },
    replay: { type: 'string' },
  },
});

if (values.replay !== undefined) {
  await onItsOwnTurn(() => tell(explore(Number(values.replay))));
} else {
  await exploreAll(Number(values.seed), Number(values.schedules), Number(values.threads));
}

async function exploreAll(seed: number, schedules: number, threads: number): Promise<void> {
  const startMs = performance.now();
  const findings: Finding[] = [];
  let explored = 0;
  let actions = 0;
  // Threads take seeds in blocks from one counter, so that none is idle at the end.
  const next = new Int32Array(new SharedArrayBuffer(4));
  const ends = Array.from({ length: threads }, () => {
    const workerData = { next, seed, schedules, isFirstEnough: values.first };
    const worker = new Worker(new URL('./explore-thread.ts', import.meta.url), { workerData });
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'violated') findings.push({ ...message, after: explored + 1 });
      else {
        explored += message.schedules;
        actions += message.actions;
        if (Math.floor(explored / PROGRESS) > Math.floor((explored - message.schedules) / PROGRESS)) {
          console.log(`${explored} schedules so far, ${findings.length} violations`);
        }
      }
    });
    return new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  });
  await Promise.all(ends);
  const seconds = (performance.now() - startMs) / 1_000;
  const speed = Math.round(explored / seconds);
  console.log(
    `${explored} schedules from seed ${seed}, ${Math.round(actions / Math.max(1, explored))} actions each before rest, ` +
      `${findings.length} violations, ${speed} schedules/s on ${threads} threads`,
  );
  for (const violation of new Set(findings.map((finding) => finding.violation))) {
    const alike = findings.filter((finding) => finding.violation === violation);
    const [first] = alike;
    console.log(`${alike.length} x ${violation}; first after ${first?.after} schedules, seed ${first?.seed}`);
    console.log(`  again: node test/simulation/explore.ts --replay ${first?.seed}`);
  }
  process.exitCode = findings.length > 0 ? 1 : 0;
}

/** Prints the schedule, and the shortest one found that breaks the same promise. */
function tell(run: Run): void {
  console.log(`seed ${run.seed}${run.isProxied ? ', connections through a proxy' : ''}: ${run.violation ?? 'holds'}`);
  console.log(textOf(run));
  if (!run.violation) return;
  const shortest = shrink(run);
  console.log(`shortest with the same violation, ${shortest.trace.length} actions:`);
  console.log(textOf(shortest));
  process.exitCode = 1;
}

function textOf(run: Run): string {
  return run.trace.map((action) => action.join(' ')).join('; ');
}
