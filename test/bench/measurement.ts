import type { Installation } from './installation.ts';
import { cpuSecondsOf } from './processes.ts';

export interface CpuSeconds {
  readonly worker: number;
  readonly broker: number | undefined;
  readonly redis: number | undefined;
}

/** CPU seconds used so far, by process; those of all workers together. */
export function cpuSeconds({ pids }: Installation, workerPids: readonly number[]): CpuSeconds {
  return {
    worker: workerPids.reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? 0), 0),
    broker: cpuSecondsOf(pids.broker),
    redis: cpuSecondsOf(pids.redis),
  };
}

export function cpuSince(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const minus = (end: number | undefined, start: number | undefined) =>
    end === undefined || start === undefined ? undefined : end - start;
  return {
    worker: after.worker - before.worker,
    broker: minus(after.broker, before.broker),
    redis: minus(after.redis, before.redis),
  };
}

/** Value below which a share of the sorted numbers lies (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
