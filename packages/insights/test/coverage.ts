import { type Cohort, startEvidence } from '../src/share-difference.ts';
import { binomial, type Random, seededRandom } from './random.ts';

/** Campaigns of one kind, each looked at every day. */
export interface Experiment {
  readonly campaigns: number;
  readonly days: number;
  readonly customersPerDay: number;
  readonly controlShare: number;
  /** Share of the control, by day: it need not stay the same. */
  readonly share: (day: number) => number;
  readonly effect: number;
}

/** In how many campaigns the evidence against a difference reached 1/α on any day: it was excluded at some look. */
export function timesExcluded(experiment: Experiment, difference: number, alpha: number, seed: number): number {
  const random = seededRandom(seed);
  let excluded = 0;
  for (let i = 0; i < experiment.campaigns; i++)
    if (isEverExcluded(experiment, difference, alpha, random)) excluded += 1;
  return excluded;
}

function isEverExcluded(experiment: Experiment, difference: number, alpha: number, random: Random): boolean {
  const evidence = startEvidence(difference);
  for (let day = 0; day < experiment.days; day++) {
    evidence.add(cohortOf(experiment, day, random));
    if (evidence.logCapital() >= Math.log(1 / alpha)) return true;
  }
  return false;
}

/** Who is control is drawn, as enrolment does. */
export function cohortOf(
  { customersPerDay, controlShare, share, effect }: Experiment,
  day: number,
  random: Random,
): Cohort {
  const control = binomial(random, customersPerDay, controlShare);
  const treated = customersPerDay - control;
  return {
    treated: { n: treated, sum: binomial(random, treated, share(day) + effect) },
    control: { n: control, sum: binomial(random, control, share(day)) },
  };
}
