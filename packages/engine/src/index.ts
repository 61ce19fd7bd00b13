export { createEngine, type Engine, type EngineDeps } from './engine.ts';
export { fingerprintOf } from './fingerprint.ts';
export { decodeJournal, type JournalLine } from './journal.ts';
export { ENGINE_DEFAULTS, type EngineOptions } from './options.ts';
export { partitionOf } from './partitioner.ts';
export type { Clock } from './ports/clock.ts';
export type {
  InputLog,
  LogBatch,
  LogHandler,
  LogRecord,
  OutputLog,
  PartitionBounds,
  Produced,
  ProducedMessage,
} from './ports/log.ts';
export type { EngineObserver, ShardPhase, StopReason } from './ports/observer.ts';
export type { ContactQueue } from './ports/queue.ts';
export type {
  ClaimAnswer,
  Commit,
  CommitAnswer,
  Fingerprint,
  HistoryEntry,
  InputPosition,
  KpiIncrement,
  OutboxAnswer,
  OutboxEntry,
  OutboxJob,
  OutboxMessage,
  PollAnswer,
  ReadAnswer,
  ShardId,
  ShardMeta,
  ShardSession,
  ShardStore,
  StateView,
  StoreFailure,
  Trim,
  TrimAnswer,
} from './ports/store.ts';
export { FAR_FUTURE, JOB_ONLY } from './ports/store.ts';
export type { Decoded, Due, Effects, EventIdentity, StepContext, Stimulus, Topology } from './topology.ts';
export { feedOf } from './watermarks.ts';
