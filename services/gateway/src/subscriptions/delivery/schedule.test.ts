import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { againAt, STANDARD_SCHEDULE } from './schedule.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const waitMs = (tries: number, change = {}) => {
  const at = againAt(STANDARD_SCHEDULE, { messageId: 'm', tries, takenAtMs: NOW, ...change }, NOW);
  return at === undefined ? undefined : at - NOW;
};

describe('the schedule of tries', () => {
  it('goes from seconds to hours, over about 28 hours, and then ends', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((tries) => waitMs(tries) ?? 0);
    const steps = waits.slice(0, 7);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(waits[0]).toBeLessThan(6_000);
    expect(waits.reduce((sum, ms) => sum + ms, 0) / HOUR).toBeCloseTo(27.6, -1);
    expect(waitMs(9)).toBeUndefined();
  });

  it('differs from message to message by a tenth at most', () => {
    assert(
      property(string(), integer({ min: 1, max: 8 }), (messageId, tries) => {
        const plan = STANDARD_SCHEDULE[tries - 1] ?? 0;
        const wait = waitMs(tries, { messageId }) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(plan * 0.9 - 1);
        expect(wait).toBeLessThanOrEqual(plan * 1.1 + 1);
      }),
    );
    expect(waitMs(3, { messageId: 'a' })).not.toBe(waitMs(3, { messageId: 'b' }));
  });

  it('waits longer where the receiver asks for it, and not less where it asks for less', () => {
    expect(waitMs(1, { notBeforeMs: NOW + HOUR })).toBe(HOUR);
    expect(waitMs(4, { notBeforeMs: NOW + 1 })).toBeGreaterThan(HOUR / 4);
  });

  it('ends for a message that waited for its receiver longer than the schedule, with few tries', () => {
    expect(waitMs(1, { takenAtMs: NOW - 30 * HOUR })).toBeGreaterThan(0);
    expect(waitMs(1, { takenAtMs: NOW - 35 * HOUR })).toBeUndefined();
  });
});
