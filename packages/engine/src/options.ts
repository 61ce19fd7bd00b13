import { MERGE_DEFAULTS, type MergeOptions } from './merge.ts';

export interface EngineOptions {
  /** Partitions of every input topic, as recorded by init. */
  readonly partitionCount: number;
  readonly deadLetterTopic: string;
  /** Records folded in one commit at the most. */
  readonly batchSize: number;
  readonly merge: MergeOptions;
  /** Taken off a watermark so that stragglers of a feed are not late, ms. */
  readonly graceMs: number;
  readonly maxValueBytes: number;
  readonly futureToleranceMs: number;
  readonly heldBackRetryMs: number;
  /** Firing at rest stays so far behind the clock that records on their way go first, ms. */
  readonly timerGraceMs: number;
  /** An idle shard asks the store this often whether it still owns it, ms. */
  readonly idlePollMs: number;
  readonly timersPerRound: number;
  /** Entries of the index judged again together, after the configuration changed when states are due. */
  readonly sweepSlice: number;
  /** From one such slice to the next, ms. */
  readonly sweepPauseMs: number;
  /** Encoded states kept per shard, in bytes of memory. */
  readonly cacheBytes: number;
  /** A partition's buffer is paused above this and resumed below half of it, bytes. */
  readonly bufferBytes: number;
  /** Intake stops while the outbox is longer. */
  readonly maxOutbox: number;
  readonly retryMs: number;
  /** How often the broker is asked where the inputs end, ms. */
  readonly lagCheckMs: number;
  /** A shard with work that has not moved for so long is reported as stalled, ms. */
  readonly stalledMs: number;
  /** Records in a row whose step throws: above this it is the rules, not the data. */
  readonly maxFailuresInRow: number;
  /** Workers in a row that ended while they folded from the same offsets: then records go one by one, the next time the first is set aside. */
  readonly quarantineAfter: number;
  /** Keep the journal in the store; for tests that fold again. */
  readonly journal: boolean;
}

export const ENGINE_DEFAULTS: Omit<EngineOptions, 'partitionCount' | 'deadLetterTopic'> = {
  batchSize: 1_000,
  merge: MERGE_DEFAULTS,
  graceMs: 60_000,
  maxValueBytes: 256 * 1024,
  futureToleranceMs: 5 * 60_000,
  heldBackRetryMs: 5_000,
  timerGraceMs: 300,
  idlePollMs: 5_000,
  timersPerRound: 500,
  sweepSlice: 200,
  sweepPauseMs: 100,
  cacheBytes: 12 * 1024 * 1024,
  bufferBytes: 2 * 1024 * 1024,
  maxOutbox: 10_000,
  retryMs: 500,
  lagCheckMs: 5_000,
  stalledMs: 30_000,
  maxFailuresInRow: 100,
  quarantineAfter: 4,
  journal: false,
};
