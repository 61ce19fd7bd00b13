import type { ShardId } from './store.ts';

export type ShardPhase = 'claiming' | 'adopting' | 'running' | 'waiting' | 'stopped' | 'closed';

/** Why a shard stopped and waits for the operator. */
export type StopReason =
  | 'uninitialised'
  | 'incompatible'
  | 'gap'
  | 'ahead'
  | 'log-changed'
  | 'partition-count'
  | 'step-defect';

/** What the shell is told, for logs, metrics and readiness. Called on hot paths: it must return at once. */
export interface EngineObserver {
  phase(shard: ShardId, phase: ShardPhase, detail?: { readonly reason: string; readonly message: string }): void;
  /** One committed micro-batch. */
  committed(
    shard: ShardId,
    batch: {
      readonly records: number;
      readonly outcomes: ReadonlyMap<string, number>;
      readonly kpis: readonly { readonly campaign: string; readonly cell: string; readonly by: number }[];
      readonly outboxLength: number;
      /** Append time of the last record, ms; undefined when only timers fired. */
      readonly lastAppendTime?: number;
    },
  ): void;
  /** Something went wrong and is being handled; `code` is one of a few words. */
  trouble(shard: ShardId, code: string, message: string): void;
  /** Effects left the outbox. */
  released(shard: ShardId, messages: number, jobs: number): void;
}
