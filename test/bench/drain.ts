import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import type { Installation } from './installation.ts';
import { type CpuSeconds, cpuSeconds, cpuSince, pause } from './measurement.ts';
import { peakRssOf } from './processes.ts';
import { sum } from './redis-figures.ts';

const POLL_MS = 50;
const STALLED_MS = 30_000;

export interface DrainOptions {
  readonly workers: number;
  /** Undefined: the policy pack that comes with the product. */
  readonly policyDir: string | undefined;
  /** Workers sample their own CPU use and leave a profile there. */
  readonly profileDir: string | undefined;
}

export interface Drained {
  readonly seconds: number;
  /** `worker` is the sum of all workers. */
  readonly cpuSeconds: CpuSeconds;
  readonly peakRssBytes: readonly number[];
}

/** Starts workers, lets them fold what is in the log, and stops them. */
export async function drainBacklog(installation: Installation, options: DrainOptions): Promise<Drained> {
  const workers = await Promise.all(Array.from({ length: options.workers }, () => startWorker(installation, options)));
  try {
    const pids = workers.map((worker) => worker.pid);
    const before = cpuSeconds(installation, pids);
    const seconds = await drain(installation, workers);
    const cpu = cpuSince(before, cpuSeconds(installation, pids));
    await outboxesEmpty(installation);
    return { seconds, cpuSeconds: cpu, peakRssBytes: pids.map(peakRssOf) };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function startWorker(installation: Installation, options: DrainOptions): Promise<ServiceProcess> {
  const environment = {
    ...installation.environment,
    ...(options.policyDir === undefined ? {} : { HOLDFAST_POLICY_DIR: options.policyDir }),
    ...(options.profileDir === undefined
      ? {}
      : { NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${options.profileDir}` }),
  };
  return startServiceProcess('worker', { environment, logDir: installation.logDir });
}

async function drain(installation: Installation, workers: readonly ServiceProcess[]): Promise<number> {
  const startMs = performance.now();
  let left = await installation.backlog();
  let movedMs = startMs;
  const ended = Promise.race(workers.map((worker) => worker.ended)).then(() => undefined);
  while (left > 0) {
    const nowLeft = await Promise.race([pause(POLL_MS).then(installation.backlog), ended]);
    if (nowLeft === undefined) throw new Error(`a worker ended: ${lastWords(installation)}`);
    if (nowLeft < left) movedMs = performance.now();
    if (performance.now() - movedMs > STALLED_MS) {
      throw new Error(`${nowLeft} records are left and nothing moves: ${lastWords(installation)}`);
    }
    left = nowLeft;
  }
  return (performance.now() - startMs) / 1000;
}

/** Decisions leave after they were committed; their messages must not count as customers' memory. */
async function outboxesEmpty(installation: Installation): Promise<void> {
  const endMs = performance.now() + STALLED_MS;
  while ((await sum(installation.shards.map((shard) => installation.store.outboxLength(shard)))) > 0) {
    if (performance.now() > endMs) throw new Error('the outboxes do not empty');
    await pause(POLL_MS);
  }
}

function lastWords({ logDir }: Installation): string {
  return readFileSync(join(logDir, 'worker.log'), 'utf8').split('\n').slice(-10).join('\n');
}
