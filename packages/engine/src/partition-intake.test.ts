import { describe, expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.ts';
import { createPartitionIntake, type IntakeAnswer, type PartitionIntake } from './partition-intake.ts';
import type { LogBatch, LogRecord } from './ports/log.ts';

const record = (offset: number, text = `r${offset}`): LogRecord => ({
  topic: 't',
  partition: 0,
  offset,
  appendTime: 1_000 + offset,
  key: Buffer.from('k'),
  value: Buffer.from(text),
  headers: {},
});
const batch = (offsets: readonly number[], high: number, nextOffset?: number): LogBatch => ({
  topic: 't',
  partition: 0,
  records: offsets.map((offset) => record(offset)),
  highWatermark: high,
  ...(nextOffset === undefined ? {} : { nextOffset }),
});
/** An intake that folded up to and including offset 9. */
const intake = () => createPartitionIntake('t', { nextOffset: 10, fingerprint: fingerprintOf(record(9)) });
const verified = (): PartitionIntake => {
  const made = intake();
  made.offer(batch([9], 10));
  return made;
};
const offsetsOf = (made: PartitionIntake) => Array.from({ length: made.length() }, (_, i) => made.peek(i)?.offset);

describe('the first batch of a claim', () => {
  it.each<[string, LogBatch, Partial<IntakeAnswer>]>([
    ['with the known record verifies and gives what follows', batch([9, 10, 11], 12), { kind: 'taken', count: 2 }],
    ['with only the known record verifies', batch([9], 10), { kind: 'taken', count: 0 }],
    ['without the known record asks for the bounds', batch([10, 11], 12), { kind: 'ask-bounds' }],
  ])('%s', (_, offered, answer) => {
    expect(intake().offer(offered)).toMatchObject(answer);
  });

  it('with another record in the known place stops', () => {
    const other = { ...batch([9], 10), records: [record(9, 'other')] };
    expect(intake().offer(other)).toMatchObject({ kind: 'stop', reason: 'log-changed' });
  });

  it('with the same bytes at another time stops: the log was written again', () => {
    const other = { ...batch([9], 10), records: [{ ...record(9), appendTime: 7 }] };
    expect(intake().offer(other)).toMatchObject({ kind: 'stop', reason: 'log-changed' });
  });
});

describe('bounds', () => {
  it.each<[string, { low: number; high: number }, Partial<IntakeAnswer>]>([
    ['that hold the known record lead to it', { low: 0, high: 12 }, { kind: 'seek', offset: 9 }],
    ['that begin exactly at the expected offset are accepted', { low: 10, high: 12 }, { kind: 'seek', offset: 10 }],
    ['that begin after the expected offset are a gap', { low: 11, high: 12 }, { kind: 'stop', reason: 'gap' }],
    ['that end before the expected offset are asked for again', { low: 0, high: 9 }, { kind: 'ask-bounds' }],
  ])('%s', (_, bounds, answer) => {
    expect(intake().judge(bounds)).toMatchObject(answer);
  });

  it('that end before the expected offset twice are another log', () => {
    const made = intake();
    made.judge({ low: 0, high: 9 });
    expect(made.judge({ low: 0, high: 9 })).toMatchObject({ kind: 'stop', reason: 'ahead' });
  });

  it('that were stale once are forgotten', () => {
    const made = intake();
    made.judge({ low: 0, high: 9 });
    made.judge({ low: 0, high: 12 });
    expect(made.judge({ low: 0, high: 9 })).toMatchObject({ kind: 'ask-bounds' });
  });
});

describe('a verified partition', () => {
  it('skips what it had', () => {
    const made = verified();
    made.offer(batch([8, 9, 10], 11));
    expect(offsetsOf(made)).toEqual([10]);
  });

  it('seeks once at a hole, and accepts it when it comes again', () => {
    const made = verified();
    expect(made.offer(batch([12], 13))).toEqual({ kind: 'ask-bounds' });
    expect(made.judge({ low: 0, high: 13 })).toEqual({ kind: 'seek', offset: 10 });
    expect(made.offer(batch([12], 13))).toEqual({ kind: 'taken', count: 1 });
    expect(made.expected()).toBe(13);
  });

  it('asks again when another hole comes than the one it suspected', () => {
    const made = verified();
    made.offer(batch([12], 20));
    expect(made.offer(batch([15], 20))).toEqual({ kind: 'ask-bounds' });
    expect(made.length()).toBe(0);
  });

  it('passes markers at the end of a batch', () => {
    const made = verified();
    made.offer(batch([10], 12, 12));
    expect(made.hasMore()).toBe(false);
    expect(made.expected()).toBe(12);
  });

  it('is not waited for when only markers are left, and moves no position over them', () => {
    const made = verified();
    made.offer(batch([], 12, 12));
    expect(made.hasMore()).toBe(false);
    expect(made.expected()).toBe(10);
  });

  it('must be verified again after a disturbance, at the last record it took', () => {
    const made = verified();
    made.offer(batch([10, 11], 12));
    made.distrust();
    expect(made.verifyFrom()).toBe(11);
    expect(made.offer(batch([10, 11, 12], 13))).toEqual({ kind: 'taken', count: 1 });
    expect(offsetsOf(made)).toEqual([10, 11, 12]);
  });
});
