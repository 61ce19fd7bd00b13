import { describe, expect, it } from 'vitest';
import { presentedOffers, trueShare } from '../test/presenting-desk.ts';
import { seededRandom } from '../test/random.ts';
import { describePresented } from './describe-presented.ts';
import { evaluatePresented } from './presented-offers.ts';

const LOGS = 400;

describe('offers that agents presented', () => {
  const evaluation = evaluatePresented(presentedOffers(seededRandom(1), 20_000));

  it('are told as what each would have made had it always come first, where its share as it was misleads', () => {
    expect(evaluation?.offers.map(({ offer }) => offer)).toEqual(['data', 'call']);
    for (const { offer, accepted, presented, always } of evaluation?.offers ?? []) {
      const truth = trueShare(offer as 'call' | 'data');
      expect(always.lower, offer).toBeLessThan(truth);
      expect(always.upper, offer).toBeGreaterThan(truth);
      // It was presented where it was the best: to others it does worse.
      expect(accepted / presented, offer).toBeGreaterThan(always.upper);
    }
  });

  it('have the truth in their interval in about 95 of 100 logs', () => {
    const random = seededRandom(2);
    const held = { call: 0, data: 0 };
    for (let i = 0; i < LOGS; i++) {
      for (const { offer, always } of evaluatePresented(presentedOffers(random, 1_000))?.offers ?? []) {
        const name = offer as 'call' | 'data';
        if (always.lower <= trueShare(name) && trueShare(name) <= always.upper) held[name] += 1;
      }
    }
    for (const times of Object.values(held)) expect(times / LOGS).toBeGreaterThan(0.91);
  });

  it('leave room for the truth where they are few and all refused', () => {
    const few = ['a', 'a'].map((action) => ({ context: '', action, probability: 0.5, reward: 0 }));
    const [offer] = evaluatePresented(few)?.offers ?? [];
    expect(offer?.always).toMatchObject({ value: 0, lower: 0, effectiveN: 2 });
    expect(offer?.always.upper).toBeGreaterThan(0.6);
  });

  it('are not told of where there are none', () => {
    expect(evaluatePresented([])).toBeNull();
  });

  it('are printed each with what was seen of it and what carries the estimate', () => {
    expect(evaluation && describePresented(evaluation)).toMatch(
      /^call +[\d,]+ +[\d,]+ +\d+\.\d % +\d+\.\d % +\d+\.\d % to \d+\.\d % +[\d,]+ +10\.0$/m,
    );
  });
});
