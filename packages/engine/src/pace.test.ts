import { describe, expect, it } from 'vitest';
import { createPace } from './pace.ts';

const LARGEST = 1_000;

/** The limit after so many batches, each of the size asked for, at so many ms a record. */
function limitAfter(batches: number, msPerRecord: (batch: number) => number): number {
  let nowMs = 0;
  const pace = createPace(() => nowMs, LARGEST);
  for (let i = 0; i < batches; i++) {
    const records = pace.limit();
    pace.begin();
    nowMs += records * msPerRecord(i);
    pace.end(records);
  }
  return pace.limit();
}

describe('the size of batches', () => {
  it.each([
    ['stays the largest while ten milliseconds are enough for it', 0.008, 1_000],
    ['is what fits into ten milliseconds', 0.02, 500],
    ['does not fall below what makes a commit worth while', 0.5, 400],
  ])('%s', (_, msPerRecord, expected) => {
    expect(limitAfter(100, () => msPerRecord)).toBe(expected);
  });

  it('is not changed much by one pause, and comes back after a slow time', () => {
    expect(limitAfter(50, (i) => (i === 49 ? 0.05 : 0.005))).toBeGreaterThan(900);
    expect(limitAfter(200, (i) => (i < 100 ? 0.05 : 0.005))).toBe(LARGEST);
  });

  it('learns nothing from a handful of records', () => {
    let nowMs = 0;
    const pace = createPace(() => nowMs, LARGEST);
    pace.begin();
    nowMs += 40;
    pace.end(3);
    expect(pace.limit()).toBe(LARGEST);
  });
});
