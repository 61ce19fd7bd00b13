/** The log in the engine's words. `packages/kafka` is the real one, `packages/testkit` has the fake. */

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Append time given by the broker, ms since the epoch. */
  readonly appendTime: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/**
 * Records in the order of their offsets. An array is one; a log that brings many keeps them packed and makes each record
 * when it is asked for, because what waits in a buffer would be the collector's largest burden.
 */
export interface RecordList extends Iterable<LogRecord> {
  readonly length: number;
  at(index: number): LogRecord | undefined;
}

/** Consecutive records of one partition, as fetched. Buffers are the receiver's to keep. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: RecordList;
  /** Memory that the records hold while they wait, where that is known. */
  readonly heldBytes?: number;
  /** Offset after the last record of the partition, as of this fetch. */
  readonly highWatermark: number;
  /**
   * Offset after everything this batch covers, records for nobody (transaction markers, aborted records) included; such a
   * stretch may come as a batch without records. Without it, the offset after the last record.
   */
  readonly nextOffset?: number;
}

export interface PartitionBounds {
  /** The oldest offset still there. */
  readonly low: number;
  /** The offset the next record will get. */
  readonly high: number;
}

/** Called by the log, never concurrently; each returns at once. */
export interface LogHandler {
  /**
   * The group made an assignment: these partitions, of every input topic, are ours. Partitions missing from the list
   * are lost. Nothing is delivered of a partition until `resumeAt` is called for it.
   */
  assigned(partitions: readonly number[]): void;
  /** A batch. What it does not want (a stale position) it ignores after calling `resumeAt`. */
  batch(batch: LogBatch): void;
  /** A fetch failed, or the connection was made anew: positions must be verified again. */
  disturbed(topic: string, partition: number, reason: string): void;
  /** The consumer cannot go on; the process should end. */
  crashed(error: Error): void;
}

export interface InputLog {
  /** Joins the group and calls the handler from then on. */
  start(handler: LogHandler): Promise<void>;
  /** Delivers `topic`/`partition` from this offset on (seek, and resume when paused). */
  resumeAt(topic: string, partition: number, offset: number): void;
  pause(topic: string, partition: number): void;
  bounds(topic: string, partition: number): Promise<PartitionBounds>;
  clusterId(): Promise<string>;
  /** Resolves when a join or heartbeat begun after the call succeeded, i.e. the assignment is confirmed. */
  confirmAssignment(): Promise<void>;
  /** For lag tools only; a failure is reported and changes nothing. */
  reportProgress(
    offsets: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: number }[],
  ): Promise<void>;
  close(): Promise<void>;
}

export interface ProducedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface Produced {
  readonly baseOffset: number;
  /** Append time the broker gave, ms; undefined when it did not say. */
  readonly appendTime?: number;
}

export interface OutputLog {
  /**
   * Appends to one partition with acks from all replicas, in order, and answers the offset of the first record. Rejects
   * when the outcome is unknown; the caller may produce again (consumers deduplicate by contact id).
   */
  produce(topic: string, partition: number, messages: readonly ProducedMessage[]): Promise<Produced>;
  /** Partition count of a topic, cached. */
  partitionCount(topic: string): Promise<number>;
  close(): Promise<void>;
}
