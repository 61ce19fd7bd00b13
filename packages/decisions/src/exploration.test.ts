import type { Exploration } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, NOON, offer, policyOf, requestOf } from '../test/policy-fixture.ts';
import { decide } from './decide.ts';
import { choose, probabilitiesOf } from './exploration.ts';

const explorations: fc.Arbitrary<Exploration> = fc.oneof(
  fc.constant({ method: 'none' } as const),
  fc.record({ method: fc.constant('epsilon-greedy' as const), epsilon: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ method: fc.constant('softmax' as const), temperatureMinor: fc.integer({ min: 1, max: 100_000 }) }),
);
const values = fc
  .array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 8 })
  .map((found) => found.sort((a, b) => b - a));

describe('exploring', () => {
  it('has probabilities that add up to one, none higher than that of the best', () => {
    fc.assert(
      fc.property(values, explorations, (found, exploration) => {
        const probabilities = probabilitiesOf(found, exploration);
        expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
        expect(Math.max(...probabilities)).toBe(probabilities[0]);
        for (const probability of probabilities) expect(probability).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('gives each choice a part of the shares as large as its probability', () => {
    fc.assert(
      fc.property(values, explorations, (found, exploration) => {
        const taken = found.map(() => 0);
        for (let step = 0; step < 1_000; step += 1) {
          const { index, probability } = choose(found, exploration, (step + 0.5) / 1_000);
          taken[index] = (taken[index] ?? 0) + 1;
          expect(probability).toBe(probabilitiesOf(found, exploration)[index]);
        }
        // A stretch of the shares is counted with an error of one at each end.
        for (const [index, probability] of probabilitiesOf(found, exploration).entries()) {
          expect(Math.abs((taken[index] ?? 0) - 1_000 * probability)).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes the best alone where nothing is explored, and among values far apart at a low temperature', () => {
    expect(probabilitiesOf([9, 5, 1], { method: 'none' })).toEqual([1, 0, 0]);
    expect(probabilitiesOf([1e9, 5], { method: 'softmax', temperatureMinor: 1 })).toEqual([1, 0]);
  });

  it('counts both ways to the best', () => {
    expect(probabilitiesOf([9, 5], { method: 'epsilon-greedy', epsilon: 0.2 })).toEqual([0.9, 0.1]);
  });
});

describe('a decision that explores', () => {
  const offers = [
    offer('dear', { valueMinor: 4_000 }),
    offer('fair', { valueMinor: 3_000 }),
    offer('poor', { valueMinor: 100 }),
  ];
  const decided = (exploration: Exploration, index: number) =>
    decide(requestOf({}, { occasion: `occasion-${index}` }), basisOf(policyOf(offers, { exploration })));

  it.each<[string, Exploration]>([
    ['greedily', { method: 'epsilon-greedy', epsilon: 0.3 }],
    ['softly', { method: 'softmax', temperatureMinor: 400 }],
  ])('takes each offer worth sending as often as it says, %s', (_, exploration) => {
    const COUNT = 2_000;
    const stated = new Map<string, number>();
    const taken = new Map<string, number>();
    for (let index = 0; index < COUNT; index += 1) {
      const { outcome, probability } = decided(exploration, index);
      if (outcome.kind !== 'contact') throw new Error('nothing stands in the way of a contact');
      stated.set(outcome.winner.offer, probability);
      taken.set(outcome.winner.offer, (taken.get(outcome.winner.offer) ?? 0) + 1);
    }
    expect([...stated.keys()].sort()).toEqual(['dear', 'fair']);
    expect([...stated.values()].reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    for (const [name, probability] of stated) {
      // Five standard deviations of a binomial; the occasions are always the same ones.
      const spread = 5 * Math.sqrt(COUNT * probability * (1 - probability));
      expect(Math.abs((taken.get(name) ?? 0) - COUNT * probability)).toBeLessThan(spread);
    }
  });

  it('says of the better one that it was passed over, and decides the same again', () => {
    const exploration: Exploration = { method: 'epsilon-greedy', epsilon: 1 };
    const decisions = Array.from({ length: 50 }, (_, index) => decided(exploration, index));
    const other = decisions.find(({ outcome }) => outcome.kind === 'contact' && outcome.winner.offer === 'fair');
    expect(other?.candidates.map((one) => [one.offer, one.lostBecause])).toEqual([
      ['dear', 'explored'],
      ['fair', undefined],
      ['no_action', 'lower-value'],
      ['poor', 'not-worth-it'],
    ]);
    expect(other?.probability).toBe(0.5);
    expect(Array.from({ length: 50 }, (_, index) => decided(exploration, index))).toEqual(decisions);
  });

  it('is as probable as certain where one offer alone is worth it', () => {
    const policy = policyOf([offer('gift')], { exploration: { method: 'epsilon-greedy', epsilon: 0.5 } });
    expect(decide(requestOf({}, { nowMs: NOON }), basisOf(policy)).probability).toBe(1);
  });
});
