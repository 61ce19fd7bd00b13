import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohortOf, type Experiment, timesExcluded } from '../test/coverage.ts';
import { seededRandom } from '../test/random.ts';
import { type Cohort, customersToShow, logEvidence, shareDifferenceInterval } from './share-difference.ts';

const ALPHA = 0.05;
const CAMPAIGNS = 1_000;

const ALLOWED = CAMPAIGNS * ALPHA;

const experiment = (changed: Partial<Experiment>): Experiment => ({
  campaigns: CAMPAIGNS,
  days: 30,
  customersPerDay: 30,
  controlShare: 0.1,
  share: () => 0.1,
  effect: 0,
  ...changed,
});

describe('over 1,000 campaigns without effect, looked at daily', () => {
  it.each([
    ['a tenth is control and a tenth responds', experiment({})],
    ['ten customers a day, often with one control or none', experiment({ customersPerDay: 10 })],
    ['two in a hundred respond', experiment({ share: () => 0.02 })],
    ['half is control, half responds', experiment({ controlShare: 0.5, share: () => 0.5 })],
    ['the base moves with the week', experiment({ share: (day) => 0.3 + 0.25 * Math.sin(day) })],
  ])('at most 5 % are ever called effective or harmful where %s', (_, noEffect) => {
    expect(timesExcluded(noEffect, 0, ALPHA, 1)).toBeLessThanOrEqual(ALLOWED);
  });
});

describe('over 1,000 campaigns with a known effect, looked at daily', () => {
  it.each([
    ['5 points on 10 %, a tenth is control', experiment({ effect: 0.05 })],
    ['−3 points on 80 %, half is control', experiment({ effect: -0.03, share: () => 0.8, controlShare: 0.5 })],
    ['20 points on a base that moves', experiment({ effect: 0.2, share: (day) => 0.3 + 0.25 * Math.sin(day) })],
  ])('the interval holds it at every look in at least 95 %: %s', (_, known) => {
    expect(timesExcluded(known, known.effect, ALPHA, 2)).toBeLessThanOrEqual(ALLOWED);
  });

  it('about 80 % are found by the number of customers that is said to be needed', () => {
    const plan = { baseline: 0.1, controlShare: 0.1, alpha: ALPHA };
    const days = 60;
    const customersPerDay = Math.round(customersToShow(0.05, plan) / days);
    const found = timesExcluded(experiment({ campaigns: 300, effect: 0.05, days, customersPerDay }), 0, ALPHA, 3) / 300;
    expect(found).toBeGreaterThan(0.7);
    expect(found).toBeLessThan(0.92);
  });
});

const armOf = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, share]) => ({ n, sum: Math.round(n * share) }));
const cohortsOf = fc.array(fc.record({ treated: armOf, control: armOf }), { maxLength: 8 });

describe('the interval of a difference of shares', () => {
  it('holds what the evidence does not exclude, within −1 and 1', () => {
    fc.assert(
      fc.property(cohortsOf, fc.double({ min: -1, max: 1, noNaN: true }), (cohorts, difference) => {
        const { lower, upper } = shareDifferenceInterval(cohorts, ALPHA);
        expect(lower).toBeGreaterThanOrEqual(-1);
        expect(upper).toBeLessThanOrEqual(1);
        const isExcluded = difference < lower || difference > upper;
        if (isExcluded) expect(logEvidence(cohorts, difference)).toBeGreaterThanOrEqual(Math.log(1 / ALPHA) - 1e-6);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it.each([1, -1])('of a whole share (%i) is refuted by one customer and by nothing else', (difference) => {
    const [all, none] = [
      { n: 9, sum: 9 },
      { n: 9, sum: 0 },
    ];
    const asSaid = difference > 0 ? { treated: all, control: none } : { treated: none, control: all };
    expect(logEvidence([asSaid], difference)).toBeLessThanOrEqual(0);
    const one = { treated: { n: 1, sum: 0 }, control: { n: 1, sum: 0 } };
    expect(logEvidence([asSaid, one], difference)).toBeGreaterThan(Math.log(1 / ALPHA));
  });

  it('is mirrored when the arms change places', () => {
    const cohorts = [{ treated: { n: 300, sum: 120 }, control: { n: 300, sum: 60 } }];
    const swapped = cohorts.map(({ treated, control }) => ({ treated: control, control: treated }));
    const [one, other] = [shareDifferenceInterval(cohorts, ALPHA), shareDifferenceInterval(swapped, ALPHA)];
    expect(one.lower).toBeCloseTo(-other.upper, 6);
    expect(one.upper).toBeCloseTo(-other.lower, 6);
  });

  it('says nothing of nobody, nor of one arm alone', () => {
    expect(shareDifferenceInterval([], ALPHA)).toEqual({ lower: -1, upper: 1 });
    const alone: Cohort = { treated: { n: 500, sum: 400 }, control: { n: 0, sum: 0 } };
    expect(shareDifferenceInterval([alone], ALPHA)).toEqual({ lower: -1, upper: 1 });
  });

  it('comes to a verdict when everybody of one arm responds and nobody of the other', () => {
    const clear = { treated: { n: 100, sum: 100 }, control: { n: 100, sum: 0 } };
    expect(shareDifferenceInterval([clear], ALPHA).lower).toBeGreaterThan(0.8);
  });

  it('narrows with the root of the customers', () => {
    const random = seededRandom(4);
    const known = experiment({ customersPerDay: 200, effect: 0.05 });
    const cohorts = Array.from({ length: 160 }, (_, day) => cohortOf(known, day, random));
    const widthAfter = (days: number) => {
      const { lower, upper } = shareDifferenceInterval(cohorts.slice(0, days), ALPHA);
      return upper - lower;
    };
    expect(widthAfter(40) / widthAfter(160)).toBeGreaterThan(1.6);
  });
});
