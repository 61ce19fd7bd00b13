import { describe, expect, it } from 'vitest';
import { everMisses } from '../test/amount-campaign.ts';
import { seededRandom } from '../test/random.ts';
import { customersToShowMean, LEAST_PER_ARM, meanDifferenceInterval } from './mean-difference.ts';

const ALPHA = 0.05;
describe('the interval of a difference of amounts', () => {
  it('holds the true difference at every daily look in at least 95 % of campaigns, of skewed amounts and with a tenth as control', () => {
    const random = seededRandom(1);
    const campaign = { days: 60, customersPerDay: 40, skew: 0.6, effect: 0.2 };
    const missed = Array.from({ length: 400 }, () => everMisses(campaign, ALPHA, random));
    expect(missed.filter(Boolean).length).toBeLessThanOrEqual(400 * ALPHA);
  });

  it('is not there before both arms have enough customers', () => {
    const many = { n: 5_000, sum: 5_000, squares: 6_000 };
    const few = { n: LEAST_PER_ARM - 1, sum: 99, squares: 120 };
    expect(meanDifferenceInterval(many, few, ALPHA)).toBeUndefined();
    expect(meanDifferenceInterval(many, { ...few, n: LEAST_PER_ARM }, ALPHA)).toBeDefined();
  });

  it('is the difference itself where nothing varies', () => {
    const same = (n: number, x: number) => ({ n, sum: n * x, squares: n * x * x });
    const interval = meanDifferenceInterval(same(500, 3), same(500, 1), ALPHA);
    expect(interval?.lower).toBeCloseTo(2, 9);
    expect(interval?.upper).toBeCloseTo(2, 9);
  });

  it('needs four times the customers for half the difference, or a little more', () => {
    const arm = { n: 1_000, sum: 1_000, squares: 1_400 };
    const needed = (difference: number) =>
      customersToShowMean(difference, { treated: arm, control: arm, alpha: ALPHA }) ?? 0;
    expect(needed(0.05) / needed(0.1)).toBeGreaterThan(3.5);
    expect(needed(0.05) / needed(0.1)).toBeLessThan(5);
    expect(customersToShowMean(0, { treated: arm, control: arm, alpha: ALPHA })).toBeUndefined();
  });
});
