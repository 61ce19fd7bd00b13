import { describe, expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.ts';
import { createMerge } from './merge.ts';
import { createPartitionIntake, type PartitionIntake } from './partition-intake.ts';
import type { LogRecord } from './ports/log.ts';

const OPTIONS = { maxHoldMs: 200, liveWithinMs: 10_000 };

/** A verified intake with records at these append times; `more` says that the log has further ones. */
function intakeOf(topic: string, appendTimes: readonly number[], more = false): PartitionIntake {
  const record = (offset: number, appendTime: number): LogRecord => ({
    topic,
    partition: 0,
    offset,
    appendTime,
    key: null,
    value: Buffer.from(`${offset}`),
    headers: {},
  });
  const first = record(0, 0);
  const intake = createPartitionIntake(topic, { nextOffset: 1, fingerprint: fingerprintOf(first) });
  const records = appendTimes.map((time, i) => record(i + 1, time));
  intake.offer({ topic, partition: 0, records: [first, ...records], highWatermark: records.length + (more ? 2 : 1) });
  return intake;
}

const names = (records: readonly LogRecord[]) => records.map(({ topic, appendTime }) => `${topic}${appendTime}`);

describe('the inputs of a shard', () => {
  it('come in the order of append time, then topic, then offset', () => {
    const merge = createMerge([intakeOf('b', [1, 3, 3]), intakeOf('a', [2, 3])], OPTIONS);
    expect(names(merge.take(10, 10))).toEqual(['b1', 'a2', 'a3', 'b3', 'b3']);
  });

  it('do not wait for a partition that has nothing more', () => {
    expect(names(createMerge([intakeOf('a', [1]), intakeOf('b', [])], OPTIONS).take(5, 10))).toEqual(['a1']);
  });

  it('wait at most 200 ms for a partition that has more, when they are live', () => {
    const merge = createMerge([intakeOf('a', [1_000]), intakeOf('b', [], true)], OPTIONS);
    expect(merge.take(1_000, 10)).toEqual([]);
    expect(merge.holdUntilMs()).toBe(1_200);
    expect(merge.take(1_199, 10)).toEqual([]);
    expect(names(merge.take(1_200, 10))).toEqual(['a1000']);
  });

  it('wait as long as it takes when they are a backlog', () => {
    const merge = createMerge([intakeOf('a', [1_000]), intakeOf('b', [], true)], OPTIONS);
    expect(merge.take(20_000, 10)).toEqual([]);
    expect(merge.take(90_000, 10)).toEqual([]);
    expect(merge.holdUntilMs()).toBeUndefined();
  });

  it('give no more than asked for, and go on where they ended', () => {
    const merge = createMerge([intakeOf('a', [1, 2]), intakeOf('b', [1, 2])], OPTIONS);
    expect(names(merge.take(10, 3))).toEqual(['a1', 'b1', 'a2']);
    expect(names(merge.take(10, 3))).toEqual(['b2']);
  });
});
