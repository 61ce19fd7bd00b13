import { type Moments, meanDifferenceInterval } from '../src/mean-difference.ts';
import { normal, type Random } from './random.ts';

const NOTHING: Moments = { n: 0, sum: 0, squares: 0 };

/** A campaign about amounts, looked at every day; a tenth is control. */
export interface AmountCampaign {
  readonly days: number;
  readonly customersPerDay: number;
  /** Deviation of the logarithm: how skewed the amounts are. Their mean is 1. */
  readonly skew: number;
  readonly effect: number;
}

/** Whether the interval misses the true difference at any look. */
export function everMisses(
  { days, customersPerDay, skew, effect }: AmountCampaign,
  alpha: number,
  random: Random,
): boolean {
  let [treated, control] = [NOTHING, NOTHING];
  const amount = () => Math.exp(skew * normal(random) - skew ** 2 / 2);
  for (let day = 0; day < days; day++) {
    for (let i = 0; i < customersPerDay; i++) {
      if (random() < 0.1) control = withOne(control, amount());
      else treated = withOne(treated, amount() + effect);
    }
    const interval = meanDifferenceInterval(treated, control, alpha);
    if (interval && (interval.lower > effect || interval.upper < effect)) return true;
  }
  return false;
}

function withOne({ n, sum, squares }: Moments, x: number): Moments {
  return { n: n + 1, sum: sum + x, squares: squares + x * x };
}
