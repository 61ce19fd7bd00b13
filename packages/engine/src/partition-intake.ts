import { fingerprintOf } from './fingerprint.ts';
import type { LogBatch, LogRecord, PartitionBounds, RecordList } from './ports/log.ts';
import type { Fingerprint, InputPosition } from './ports/store.ts';
import { createRecordQueue, firstFrom } from './record-queue.ts';

/** Why a shard cannot go on with a log. */
export type LogStop = 'gap' | 'ahead' | 'log-changed';

/** What the shard is to do after an offer. */
export type IntakeAnswer =
  | { readonly kind: 'taken'; readonly count: number }
  /** Deliver again from here. */
  | { readonly kind: 'seek'; readonly offset: number }
  /** Ask the broker for the partition's bounds and call `judge`. */
  | { readonly kind: 'ask-bounds' }
  | { readonly kind: 'stop'; readonly reason: LogStop; readonly detail: string };

/**
 * One input partition of one claim: knows the next offset it expects and the record before it, compares every batch
 * with both, and buffers what was taken. The client library may skip, reset or commit as it likes; only this counts.
 */
export interface PartitionIntake {
  readonly topic: string;
  /** Records taken and not yet removed, oldest first. */
  peek(index?: number): LogRecord | undefined;
  shift(): LogRecord | undefined;
  length(): number;
  bytes(): number;
  /** The record before the expected one was seen and is the one we know. */
  isVerified(): boolean;
  expected(): number;
  /** The partition has records after the expected offset, as far as known. */
  hasMore(): boolean;
  /** Offset up to which everything was taken or is known to hold nothing for us. */
  reach(): number;
  /** Offset after the last record of the partition, as fetches told. */
  end(): number;
  /** Offset from which to deliver so that the fingerprint can be compared. */
  verifyFrom(): number;
  /** From now on the record before the expected one must be seen again. */
  distrust(): void;
  offer(batch: LogBatch): IntakeAnswer;
  judge(bounds: PartitionBounds): IntakeAnswer;
}

export function createPartitionIntake(topic: string, start: InputPosition): PartitionIntake {
  const queue = createRecordQueue();
  let expected = start.nextOffset;
  let last: Fingerprint = start.fingerprint;
  let verified = false;
  let high = expected;
  let suspectedHoleEnd = -1;
  let timesAhead = 0;
  let markersTo = 0;

  const stop = (reason: LogStop, detail: string): IntakeAnswer => ({ kind: 'stop', reason, detail });

  const take = (batch: LogBatch): IntakeAnswer => {
    const { records } = batch;
    const first = firstFrom(records, expected);
    const count = records.length - first;
    const newest = records.at(records.length - 1);
    if (count > 0 && newest) {
      queue.push(batch, first);
      expected = newest.offset + 1;
      last = fingerprintOf(newest);
    }
    suspectedHoleEnd = -1;
    // Transaction markers at the end of the batch are nobody's records.
    expected = Math.max(expected, batch.nextOffset ?? expected);
    return { kind: 'taken', count };
  };

  const verify = (records: RecordList): IntakeAnswer | undefined => {
    const known = records.at(firstFrom(records, last.offset));
    if (known?.offset !== last.offset) return { kind: 'ask-bounds' };
    if (!matches(last, fingerprintOf(known))) {
      return stop('log-changed', `the record at offset ${last.offset} of ${topic} is not the one folded before`);
    }
    verified = true;
    timesAhead = 0;
    return undefined;
  };

  return {
    topic,
    peek: queue.peek,
    shift: queue.shift,
    length: queue.length,
    bytes: queue.bytes,
    isVerified: () => verified,
    expected: () => expected,
    hasMore: () => !verified || Math.max(expected, markersTo) < high,
    reach: () => Math.max(expected, markersTo),
    end: () => high,
    verifyFrom: () => Math.max(0, Math.min(last.offset, expected - 1)),
    distrust() {
      verified = false;
    },
    offer(batch) {
      high = Math.max(batch.highWatermark, 0);
      const first = batch.records.at(0);
      if (!first) {
        // Nothing but markers: it moves no position, but nobody need wait for what comes before its end.
        markersTo = Math.max(markersTo, batch.nextOffset ?? 0);
        return { kind: 'taken', count: 0 };
      }
      if (!verified) {
        const problem = verify(batch.records);
        if (problem) return problem;
      }
      const next = batch.records.at(firstFrom(batch.records, expected));
      if (!next || next.offset === expected) return take(batch);
      if (first.offset <= expected || suspectedHoleEnd === next.offset) return take(batch);
      suspectedHoleEnd = next.offset;
      return { kind: 'ask-bounds' };
    },
    judge(bounds) {
      high = bounds.high;
      if (expected < bounds.low) {
        return stop(
          'gap',
          `${topic} begins at offset ${bounds.low}, but ${expected} is the next one to fold: records are lost`,
        );
      }
      if (expected > bounds.high) {
        timesAhead += 1;
        if (timesAhead < 2) return { kind: 'ask-bounds' };
        return stop(
          'ahead',
          `${topic} ends at offset ${bounds.high}, but ${expected} is the next one to fold: it is another log`,
        );
      }
      timesAhead = 0;
      if (verified) return { kind: 'seek', offset: expected };
      if (last.offset >= bounds.low) return { kind: 'seek', offset: last.offset };
      // Retention took the record we would compare with, and nothing after it: the one case a recreated log could pass.
      verified = true;
      return { kind: 'seek', offset: expected };
    },
  };
}

/** A fingerprint without append time (the producer was not told) is compared by offset and hash. */
function matches(known: Fingerprint, found: Fingerprint): boolean {
  if (known.hash !== found.hash) return false;
  return known.appendTime === 0 || known.appendTime === found.appendTime;
}
