import { hullAround, type Interval } from './interval.ts';

/** How many of `n` customers did something. */
export interface ShareCount {
  readonly n: number;
  readonly sum: number;
}

/** Customers enrolled on the same days. */
export interface Cohort {
  readonly treated: ShareCount;
  readonly control: ShareCount;
}

/**
 * Evidence about the difference of two shares, treated minus control, that holds at any sample size and however often it is
 * looked at.
 *
 * Against the hypothesis "in every cohort the difference is d" stands a bet. With `wt`, `wc` the parts of the arms in a cohort of n,
 * `x` a guess of the control's share made before its outcomes are seen, and a stake `η`, each treated customer multiplies
 * the capital by `1 + η wc (y − x − d)`, each control by `1 − η wt (y − x)`. If the control's true share is `x + u`, the expected
 * product is `(1 + η wc u)^(n wt) (1 − η wt u)^(n wc)`, and by the inequality of weighted means at most 1, whatever u. So the
 * capital is a non-negative supermartingale, it reaches 1/α with probability α at most, ever (Ville), and the differences it
 * has not reached 1/α against are a confidence sequence. No share need be the same in two cohorts, nor the parts of the arms.
 *
 * Sources: Turner, Ly, Grünwald, Generic E-variables for exact sequential k-sample tests that allow for optional stopping
 * (2024); Turner, Grünwald, Exact anytime-valid confidence intervals for contingency tables and beyond (2023); the linear bet:
 * Waudby-Smith, Ramdas, Estimating means of bounded random variables by betting (2024).
 */
export function logEvidence(cohorts: readonly Cohort[], difference: number): number {
  const run = startEvidence(difference);
  for (const cohort of cohorts) run.add(cohort);
  return run.logCapital();
}

export interface EvidenceRun {
  add(cohort: Cohort): void;
  /** Natural logarithm of the capital, the mean over the stakes. */
  logCapital(): number;
}

/** Differences in standard deviations of one customer that the stakes are made for; each is bet on in both directions. */
const EFFECT_SIZES = Array.from({ length: 10 }, (_, i) => 0.005 * 1.8 ** i).flatMap((size) => [size, -size]);
/** What the share of both arms together may be while nothing is known: the first cohort is bet on with each of them. */
const FIRST_GUESSES = [0.01, 0.03, 0.07, 0.15, 0.3, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99];
/** Of the largest stake that leaves something in the worst case. */
const BOLDNESS = 0.9;
/** Under a difference of a whole share some stake has nothing to lose; it is bounded all the same. */
const LEAST_LOSS = 1e-12;

export function startEvidence(difference: number): EvidenceRun {
  const range = { lower: Math.max(0, -difference), upper: Math.min(1, 1 - difference) };
  const logCapitals = EFFECT_SIZES.map(() => 0);
  const seen = { n: 0, surplus: 0 };
  return {
    add({ treated, control }) {
      if (treated.n > 0 && control.n > 0) {
        const treatedPart = treated.n / (treated.n + control.n);
        const firstGuesses = () => FIRST_GUESSES.map((share) => share - treatedPart * difference);
        const guesses = seen.n === 0 ? firstGuesses() : [seen.surplus / seen.n];
        const games = guesses.map((guess) => createGame(clamp(guess, range), difference, { treated, control }));
        for (const [i, size] of EFFECT_SIZES.entries()) {
          logCapitals[i] = (logCapitals[i] ?? 0) + logMeanExp(games.map((play) => play(size)));
        }
      }
      seen.n += treated.n + control.n;
      seen.surplus += treated.sum + control.sum - treated.n * difference;
    },
    logCapital: () => logMeanExp(logCapitals),
  };
}

/** Answers what a stake made for an effect of a size brings in a cohort, as a logarithm. */
function createGame(controlShare: number, difference: number, { treated, control }: Cohort): (size: number) => number {
  const n = treated.n + control.n;
  const [wt, wc] = [treated.n / n, control.n / n];
  const pc = controlShare;
  const pt = controlShare + difference;
  const deviation = Math.sqrt(wc * pt * (1 - pt) + wt * pc * (1 - pc));
  const most = BOLDNESS / Math.max(wc * pt, wt * (1 - pc), LEAST_LOSS);
  const least = -BOLDNESS / Math.max(wc * (1 - pt), wt * pc, LEAST_LOSS);
  return (size) => {
    const stake = clamp(size / deviation, { lower: least, upper: most });
    return (
      treated.sum * Math.log1p(stake * wc * (1 - pt)) +
      (treated.n - treated.sum) * Math.log1p(-stake * wc * pt) +
      control.sum * Math.log1p(-stake * wt * (1 - pc)) +
      (control.n - control.sum) * Math.log1p(stake * wt * pc)
    );
  };
}

/** 1 − α confidence sequence of the difference, at its latest point. */
export function shareDifferenceInterval(cohorts: readonly Cohort[], alpha: number): Interval {
  const limit = Math.log(1 / alpha);
  return hullAround(cohortDifference(cohorts), { lower: -1, upper: 1 }, (d) => logEvidence(cohorts, d) < limit);
}

/** Mean of the cohorts' own differences, weighted by what each can tell; 0 where none has both arms. */
function cohortDifference(cohorts: readonly Cohort[]): number {
  let weights = 0;
  let weighted = 0;
  for (const { treated, control } of cohorts) {
    if (treated.n === 0 || control.n === 0) continue;
    const weight = (treated.n * control.n) / (treated.n + control.n);
    weights += weight;
    weighted += weight * (treated.sum / treated.n - control.sum / control.n);
  }
  return weights === 0 ? 0 : weighted / weights;
}

/**
 * The stakes share the capital: the best of 20 has to bring what the others do not, too. Its neighbours help, so that it is
 * not 20 times as much: as measured, this much.
 */
const STAKES_SHARE = 8;
/** Quantile of the normal distribution for a power of 80 %. */
const Z_POWER = 0.841621;

/**
 * About how many enrolled customers it takes until a true difference is found in 80 of 100 campaigns that are looked at
 * daily. The logarithm of the capital grows about normally, its variance being twice its mean.
 */
export function customersToShow(
  difference: number,
  { baseline, controlShare, alpha }: { baseline: number; controlShare: number; alpha: number },
): number {
  const share = clamp(baseline + difference, { lower: 0, upper: 1 });
  const expected = {
    treated: { n: 1 - controlShare, sum: (1 - controlShare) * share },
    control: { n: controlShare, sum: controlShare * baseline },
  };
  const play = createGame(expected.treated.sum + expected.control.sum, 0, expected);
  const growth = Math.max(...EFFECT_SIZES.map(play));
  const wanted = Math.log(STAKES_SHARE / alpha);
  return Math.ceil((Z_POWER / Math.SQRT2 + Math.sqrt(Z_POWER ** 2 / 2 + wanted)) ** 2 / growth);
}

function clamp(value: number, { lower, upper }: Interval): number {
  return Math.min(upper, Math.max(lower, value));
}

function logMeanExp(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}
