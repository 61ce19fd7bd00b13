import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, campaign, enrolledAs, offer, policyOf, requestOf } from '../test/policy-fixture.ts';
import { NO_DEALINGS } from './dealings.ts';
import { decide } from './decide.ts';
import { armOf, isHeldOut, variantOf } from './experiment.ts';

const customers = fc.string({ minLength: 1, maxLength: 20 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const withArms = (first: number) =>
  campaign('keep', ['gift', 'call'], {
    arms: [
      { id: 'gentle', share: first, offers: ['gift'] },
      { id: 'bold', share: 1 - first, offers: ['call'] },
    ],
  });

describe('a share', () => {
  it('only takes customers in when it grows', () => {
    fc.assert(
      fc.property(customers, shares, shares, (customerId, a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        const isControl = (holdout: number) =>
          armOf(campaign('keep', [], { holdout }), customerId, undefined) === 'control';
        const isOut = (share: number) => isHeldOut({ share, salt: 'universal' }, customerId);
        const isGentle = (share: number) => variantOf(withArms(share), customerId, NO_DEALINGS) === 'gentle';
        for (const isInside of [isControl, isOut, isGentle]) {
          if (isInside(small)) expect(isInside(large)).toBe(true);
          expect([isInside(0), isInside(1)]).toEqual([false, true]);
        }
      }),
    );
  });

  it('says nothing of the others: holdout, control group and variant are independent', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `customer-${index}`);
    const kinds = [
      (id: string) => isHeldOut({ share: 0.2, salt: 'universal' }, id),
      (id: string) => armOf(campaign('keep', [], { holdout: 0.2 }), id, undefined) === 'control',
      (id: string) => armOf(campaign('other', [], { holdout: 0.2 }), id, undefined) === 'control',
      (id: string) => variantOf(withArms(0.2), id, NO_DEALINGS) === 'gentle',
    ];
    const spread = (share: number) => 5 * Math.sqrt(ids.length * share * (1 - share));
    for (const [index, kind] of kinds.entries()) {
      expect(Math.abs(ids.filter(kind).length - ids.length * 0.2)).toBeLessThan(spread(0.2));
      for (const other of kinds.slice(index + 1)) {
        const both = ids.filter((id) => kind(id) && other(id)).length;
        expect(Math.abs(both - ids.length * 0.04)).toBeLessThan(spread(0.04));
      }
    }
  });
});

describe('a campaign with variants', () => {
  const offers = [offer('gift'), offer('call', { valueMinor: 9_000 })];
  const decided = (first: number, history = NO_DEALINGS, holdout = 0) => {
    const campaigns = new Map([['keep', { ...withArms(first), holdout }]]);
    return decide(requestOf(), basisOf(policyOf(offers, { campaigns }), { history }));
  };

  it('offers what the variant of the customer makes, though another would be worth more', () => {
    const { outcome, variant, enrolment, candidates } = decided(1);
    expect(outcome).toMatchObject({ kind: 'contact', winner: { offer: 'gift' } });
    expect([variant, enrolment]).toEqual(['gentle', { campaign: 'keep', arm: 'treated', variant: 'gentle' }]);
    expect(candidates.find((one) => one.offer === 'call')?.lostBecause).toBe('other-variant');
  });

  it('keeps the variant that was frozen, whatever became of the shares', () => {
    const { outcome, variant, enrolment } = decided(1, enrolledAs('treated', 'bold'));
    expect(outcome).toMatchObject({ kind: 'contact', winner: { offer: 'call' } });
    expect([variant, enrolment]).toEqual(['bold', undefined]);
  });

  it('makes every offer to those who were enrolled before it had any, or in one that is no more', () => {
    for (const variant of ['', 'abandoned']) {
      const { outcome } = decided(1, enrolledAs('treated', variant));
      expect(outcome).toMatchObject({ kind: 'contact', winner: { offer: 'call', variant } });
    }
  });

  it('gives controls the ghosts of a variant, and no variant', () => {
    const { outcome, variant, enrolment, costMinor } = decided(1, NO_DEALINGS, 1);
    expect(outcome).toMatchObject({ kind: 'control', arm: 'control', winner: { offer: 'gift' } });
    expect([variant, enrolment, costMinor]).toEqual(['', { campaign: 'keep', arm: 'control', variant: '' }, 0]);
  });
});

describe('the universal holdout', () => {
  const heldOut = { holdout: { share: 1, salt: 'universal' } };

  it('does not keep an answer from who asks himself, and enrols nobody then', () => {
    const request = requestOf({}, { origin: 'agent', isReactive: true });
    const { outcome, enrolment } = decide(request, basisOf(policyOf([offer('gift')], heldOut)));
    expect([outcome.kind, enrolment]).toEqual(['contact', undefined]);
  });

  it.each(['trigger', 'timer', 'step', 'proposal'] as const)('keeps everything of a %s back', (origin) => {
    const { outcome } = decide(requestOf({}, { origin }), basisOf(policyOf([offer('gift')], heldOut)));
    expect(outcome).toMatchObject({ kind: 'control', arm: 'holdout' });
  });
});
