/** Quantiles of the normal distribution: 5 % two-sided significance, 80 % power. */
const Z_ALPHA = 1.959964;
const Z_BETA = 0.841621;
/** Without a baseline the hardest case is taken: shares around one half vary most. */
const HARDEST_BASELINE = 0.5;

export interface Comparison {
  /** Absolute difference of the two shares that is to be seen, above 0. */
  readonly effect: number;
  /** Share without the campaign. */
  readonly baseline?: number | undefined;
  /** Part of the customers that is kept as control, between 0 and 1. */
  readonly controlShare: number;
}

/**
 * Customers, treated and control together, after whom a difference of two shares shows with 5 % significance and 80 %
 * power (two-proportion z-test with unequal groups, unpooled variance; Fleiss, Levin & Paik 2003, ch. 4).
 */
export function customersNeeded({ effect, baseline, controlShare }: Comparison): number {
  const from = baseline ?? HARDEST_BASELINE - effect / 2;
  const to = Math.min(1, from + effect);
  const variance = (to * (1 - to)) / (1 - controlShare) + (from * (1 - from)) / controlShare;
  return Math.ceil(((Z_ALPHA + Z_BETA) ** 2 * variance) / effect ** 2);
}

/** The smallest control share, in whole per cents, with which so many customers suffice; undefined when none does. */
export function shareNeeded(comparison: Omit<Comparison, 'controlShare'>, customers: number): number | undefined {
  for (let percent = 1; percent <= 50; percent += 1) {
    if (customersNeeded({ ...comparison, controlShare: percent / 100 }) <= customers) return percent / 100;
  }
  return undefined;
}
