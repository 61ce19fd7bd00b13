import { logGamma } from './log-gamma.ts';

/** How customers were shared out among arms, and how they should have been. */
export interface Allocation {
  readonly arm: string;
  readonly n: number;
  /** Expected share, 0…1; those of all arms add up to 1. */
  readonly share: number;
}

export interface RatioCheck {
  /** What is compared: arms, variants or the universal holdout. */
  readonly of: string;
  readonly allocation: readonly Allocation[];
  /** Chance at most that a sound allocation ever looks like this, however often one looks. */
  readonly pValue: number;
  readonly isAlarm: boolean;
}

/** An alarm that is false costs trust in every figure, and a true one grows within days: one in a thousand campaigns. */
export const ALARM_BELOW = 0.001;
/** How near to the stated shares wrong ones are looked for: about one point at ten per cent. */
const CONCENTRATION = 1_000;

/**
 * Sample-ratio check that holds however often it is looked at: the likelihood of the counts under shares drawn around the stated
 * ones (Dirichlet) against the stated ones is a martingale, so that its inverse is an always-valid p-value.
 *
 * Source: Lindon, Malek, Anytime-valid inference for multinomial count data (2022).
 */
export function checkRatio(of: string, allocation: readonly Allocation[]): RatioCheck {
  const pValue = Math.min(1, Math.exp(-logBayesFactor(allocation.filter(({ n, share }) => n > 0 || share > 0))));
  return { of, allocation, pValue, isAlarm: pValue < ALARM_BELOW };
}

function logBayesFactor(allocation: readonly Allocation[]): number {
  if (allocation.some(({ share }) => share <= 0)) return Number.POSITIVE_INFINITY;
  const n = allocation.reduce((total, arm) => total + arm.n, 0);
  const drawn = allocation.reduce(
    (log, arm) => log + logGamma(CONCENTRATION * arm.share + arm.n) - logGamma(CONCENTRATION * arm.share),
    logGamma(CONCENTRATION) - logGamma(CONCENTRATION + n),
  );
  return drawn - allocation.reduce((log, arm) => log + arm.n * Math.log(arm.share), 0);
}
