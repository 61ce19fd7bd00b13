import type { Fault } from './dead-letter.ts';
import type { LogRecord } from './ports/log.ts';
import type { Decoded } from './topology.ts';

/** What one commit is to fold. */
export interface Work<E> {
  /** Timers due, then records, in merge order. */
  readonly dues: readonly DueEntity[];
  readonly records: PreparedRecord<E>[];
  /** Released decisions by entity, from the decision log. */
  readonly adoptions: ReadonlyMap<string, readonly ReleasedDecision<E>[]>;
  /** Erasures found further down the log, with their time: they go before everything else. */
  readonly erasures?: ReadonlyMap<string, number>;
  /** Timers fire up to this time after the last record; 0 for none. */
  readonly nowMs: number;
  /** A timer held back by its feed is looked at again a while after this; 0 where looks within the batch are wanted. */
  readonly retryFromMs: number;
}

/** A record with what decoding said, and the fault it was found to cause in an earlier attempt. */
export interface PreparedRecord<E> {
  readonly record: LogRecord;
  readonly decoded: Exclude<Decoded<E>, { kind: 'retry' }>;
  readonly fault?: Fault;
}

export interface DueEntity {
  readonly id: string;
  readonly dueMs: number;
}

/** A decision as it stands in the decision log. */
export interface ReleasedDecision<E> {
  readonly offset: number;
  readonly event: E;
  /** When what was decided on happened, or the decision was appended, whichever is earlier, ms. */
  readonly atMs: number;
}
