export type { DueEntity, PreparedRecord, ReleasedDecision, Work } from './batch.ts';
export type { CommitOutcome, Committer, CommitterDeps } from './committer.ts';
export { createCommitter } from './committer.ts';
export type {
  Configuration,
  ConfigurationPlace,
  ConfigurationRules,
  ConfigurationStanding,
  OpenedConfiguration,
  Refusal,
  RefusedConfiguration,
  TakenConfiguration,
} from './configuration.ts';
export { createEngine, type Engine, type EngineDeps } from './engine.ts';
export { fingerprintOf } from './fingerprint.ts';
export { decodeJournal, type JournalLine } from './journal.ts';
export type { InputStanding } from './lag.ts';
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
  RecordList,
} from './ports/log.ts';
export type { EngineObserver, ShardPhase, StopReason } from './ports/observer.ts';
export type { ContactQueue } from './ports/queue.ts';
export type {
  ClaimAnswer,
  Commit,
  CommitAnswer,
  DurableAnswer,
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
  StoredTally,
  StoreFailure,
  SweepAnswer,
  Trim,
  TrimAnswer,
} from './ports/store.ts';
export { FAR_FUTURE, JOB_ONLY } from './ports/store.ts';
export type { Limits, Shadow, ShadowAnswer, ShadowDeps } from './shadow.ts';
export { createShadow } from './shadow.ts';
export type { ClaimStanding, HeldBackFeed, Hindrance, ShardStanding } from './standing.ts';
export type {
  Decoded,
  Due,
  Effects,
  ErasureRules,
  EventIdentity,
  RefusedEvent,
  Rules,
  ShardContext,
  StateDictionary,
  StepContext,
  Stimulus,
  TallyChange,
  Topology,
} from './topology.ts';
export { feedOf } from './watermarks.ts';
