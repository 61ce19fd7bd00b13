import { describe, expect, it } from 'vitest';
import { createCaution } from './caution.ts';

const OPTIONS = { quarantineAfter: 4, batchSize: 400 };
const PARTITIONS = Array.from({ length: 16 }, (_, partition) => partition);

/** Before the first record of the claim after so many that ended. */
const pauses = (stored: number) =>
  PARTITIONS.map((partition) => createCaution(stored, false, OPTIONS).pauseMs(partition));

describe('shards of a process that was killed', () => {
  it('begin at once where nothing ended before, or where this worker outlived it', () => {
    expect(pauses(0)).toEqual(PARTITIONS.map(() => 0));
    expect(createCaution(3, true, OPTIONS).pauseMs(5)).toBe(0);
  });

  it('begin so far apart that each has one try before each other, ahead of the try that sets a record aside', () => {
    const tries = [1, 2].map(pauses);
    for (const killer of PARTITIONS) {
      for (const innocent of PARTITIONS.filter((partition) => partition !== killer)) {
        const leads = tries.map((pausesOf) => (pausesOf[killer] ?? 0) - (pausesOf[innocent] ?? 0));
        expect(Math.max(...leads), `${innocent} before ${killer}`).toBeGreaterThanOrEqual(40);
      }
    }
  });

  it('waits less than a second', () => {
    expect(Math.max(...[1, 2, 3, 4].flatMap(pauses))).toBeLessThan(1_000);
  });
});
