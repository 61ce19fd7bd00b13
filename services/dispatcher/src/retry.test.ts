import { spread } from '@holdfast/webhook';
import { assert, double, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './retry.ts';

const plan = { firstMs: 1_000, maxMs: 60_000, maxTries: 10 };

describe('a wait between tries', () => {
  it.each([
    [1, 500, 1_000],
    [2, 1_000, 2_000],
    [3, 2_000, 4_000],
    [7, 30_000, 60_000],
    [99, 30_000, 60_000],
  ])('after try %i is from %i to %i ms', (tries, least, most) => {
    const waits = Array.from({ length: 200 }, (_, index) => backoffMs(plan, tries, `c${index}`));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
    expect(new Set(waits).size).toBeGreaterThan(150);
  });

  it('is the same whenever it is asked for, positive, and never longer than the plan allows', () => {
    assert(
      property(
        string(),
        integer({ min: 1, max: 1_000 }),
        double({ min: 1, max: 1e9, noNaN: true }),
        (id, tries, maxMs) => {
          const wait = backoffMs({ ...plan, maxMs }, tries, id);
          expect(wait).toBe(backoffMs({ ...plan, maxMs }, tries, id));
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(Math.ceil(maxMs));
          expect(spread(id, tries)).toBeLessThan(1);
        },
      ),
    );
  });
});
