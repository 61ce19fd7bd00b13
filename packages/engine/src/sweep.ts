import type { DueEntity } from './batch.ts';
import type { ShardSession, StoreFailure } from './ports/store.ts';

export interface SweepOptions {
  /** Entries of the index looked at together. */
  readonly sweepSlice: number;
  /** Between two slices, ms. */
  readonly sweepPauseMs: number;
}

/** Part of the index, as timers due now; the fold puts each where its state says. */
export interface SweepSlice {
  readonly kind: 'slice';
  readonly dues: readonly DueEntity[];
  /** With this one the index was gone through. */
  readonly isLast: boolean;
}

/**
 * Goes through the index of timers after the configuration changed when states are due: who is due earlier than his entry
 * says would be looked at too late, and nobody touches him. In slices, so that a shard goes on; from the start again in
 * every claim, as the place in it is the server's.
 */
export interface Sweep {
  /** Begins, or begins again. */
  start(): void;
  /** When the next slice may be taken, ms; undefined when there is none. */
  nextMs(): number | undefined;
  take(version: number, clockMs: number, atMs: number): Promise<SweepSlice | StoreFailure>;
}

export function createSweep(session: Pick<ShardSession, 'sweep'>, options: SweepOptions): Sweep {
  let cursor: string | undefined;
  let nextMs: number | undefined;
  return {
    start() {
      cursor = undefined;
      nextMs = 0;
    },
    nextMs: () => nextMs,
    async take(version, clockMs, atMs) {
      const answer = await session.sweep(version, cursor, options.sweepSlice);
      if (answer.kind !== 'ok') return answer;
      cursor = answer.cursor;
      nextMs = cursor === undefined ? undefined : clockMs + options.sweepPauseMs;
      const dues = answer.entries.map(({ id, dueMs }) => ({ id, dueMs: Math.min(dueMs, atMs) }));
      return { kind: 'slice', dues, isLast: cursor === undefined };
    },
  };
}
