import type { ConfigurationStanding } from '../configuration.ts';
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

/** One committed micro-batch. */
export interface CommittedBatch {
  readonly records: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Events that came late, by source: folded where they still belong, or set aside as dead letters `late`. */
  readonly late: ReadonlyMap<string, number>;
  readonly kpis: readonly { readonly campaign: string; readonly cell: string; readonly by: number }[];
  readonly outboxLength: number;
  /** Append time of the last record, ms; undefined when only timers fired. */
  readonly lastAppendTime?: number;
}

/** What the shell is told, for logs, metrics and readiness. Called on hot paths: it must return at once. */
export interface EngineObserver {
  phase(shard: ShardId, phase: ShardPhase, detail?: { readonly reason: string; readonly message: string }): void;
  committed(shard: ShardId, batch: CommittedBatch): void;
  /** Something went wrong and is being handled; `code` is one of a few words. */
  trouble(shard: ShardId, code: string, message: string): void;
  /** What the shard is configured with: as it is claimed, and after each record that brought something. */
  configured(shard: ShardId, standing: ConfigurationStanding): void;
  /** Effects left the outbox. */
  released(shard: ShardId, messages: number, jobs: number): void;
}
