import { type CompiledPolicy, type Scope, UNLIMITED } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contactAt } from '../test/ledger-fixture.ts';
import { always, basisOf, campaign, DAY_MS, NOON, offer, policyOf, requestOf, SCOPE } from '../test/policy-fixture.ts';
import { LISTED } from './contest.ts';
import { decide } from './decide.ts';
import type { DecisionBasis } from './model.ts';
import { type ShardStanding, UNBOUNDED } from './standing.ts';

const CHANNELS = ['sms', 'email', 'call-centre'] as const;
/** So few, with so many offers each, that one which is shut takes all that are looked at first. */
const CAMPAIGNS = 3;
const mostly = <T>(usual: T, other: T) => fc.constantFrom(usual, usual, other);

const offers = fc
  .array(
    fc.record({
      category: fc.constantFrom('retention', 'cross-sell'),
      channels: fc.shuffledSubarray([...CHANNELS], { minLength: 1 }),
      valueMinor: fc.constantFrom(0, 200, 1_000, 1_001, 3_000),
      costMinor: fc.integer({ min: 0, max: 150 }),
      eligible: fc.constantFrom(always('true'), always('true'), always('unknown')),
      context: fc.constantFrom(
        [],
        [{ when: always('true'), factor: 0.7 }],
        [{ when: always('true'), factor: 1.5 }],
        [{ when: always('unknown'), factor: 1.5 }],
      ),
    }),
    { minLength: 20, maxLength: 60 },
  )
  .map((all) => all.map((fields, index) => offer(`offer-${index}`, fields)));

const campaignFields = fc.record({
  kind: mostly('marketing' as const, 'service' as const),
  lever: fc.constantFrom(0.1, 1, 5),
  holdout: mostly(0, 1),
  steps: mostly([], [{ channel: 'sms', afterMs: 0, fallback: ['email', 'call-centre'] }]),
  budget: mostly(undefined, { pieces: 1 }),
  untilMs: mostly(undefined, NOON - DAY_MS),
});

const policies: fc.Arbitrary<CompiledPolicy> = fc
  .record({
    offers,
    campaigns: fc.array(campaignFields, { minLength: CAMPAIGNS, maxLength: CAMPAIGNS }),
    costs: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 3 }),
    share: mostly(0, 1),
    max: fc.integer({ min: 1, max: 2 }),
  })
  .map((drawn) => {
    const campaigns = drawn.campaigns.map(({ budget, untilMs, ...fields }, index) => {
      const own = drawn.offers.filter((_, place) => place % CAMPAIGNS === index).map(({ id }) => id);
      return campaign(`campaign-${index}`, own, {
        ...{ ...fields, ...(budget && { budget }) },
        ...(untilMs !== undefined && { untilMs }),
      });
    });
    return policyOf(drawn.offers, {
      campaigns: new Map(campaigns.map((one) => [one.id, one])),
      channels: new Map(
        CHANNELS.map((id, index) => [id, { id, costMinor: drawn.costs[index] ?? 0, isPerson: id === 'call-centre' }]),
      ),
      holdout: { share: drawn.share, salt: 'universal' },
      contactPolicy: { ...UNLIMITED, caps: [{ max: drawn.max, perMs: 7 * DAY_MS, category: 'cross-sell' }] },
    });
  });

const bases = fc.record({
  policy: policies,
  hasContact: fc.boolean(),
  isPaid: fc.boolean(),
  refused: fc.subarray([...CHANNELS]),
});

describe('a decision among many', () => {
  it('is the one that judging every candidate leads to, and lists what it judged as it was', () => {
    let leftOut = 0;
    fc.assert(
      fc.property(bases, ({ policy, hasContact, isPaid, refused }) => {
        const standing = isPaid ? UNBOUNDED : { ...UNBOUNDED, budgetLeft: () => ({ minor: 0, pieces: 0 }) };
        const ledger = hasContact ? [contactAt(NOON - DAY_MS, { category: 'cross-sell' })] : [];
        const basis: DecisionBasis = basisOf(policy, { ledger, standing });
        const consent = (channel: string) => (refused.some((one) => one === channel) ? 'withdrawn' : 'unknown');
        const { candidates, leftOut: omitted, unpaid, ...few } = decide(requestOf({ consent }), basis);
        const complete = decide(requestOf({ consent }, { isComplete: true }), basis);
        const { candidates: all, leftOut: none, unpaid: allUnpaid, ...whole } = complete;
        expect(few).toEqual(whole);
        expect(none).toBe(0);
        expect(candidates.length).toBeLessThanOrEqual(LISTED + 2);
        expect(candidates.length + omitted).toBe(all.length);
        expect(candidates).toEqual(all.filter((one) => candidates.some((listed) => isSame(listed, one))));
        expect(allUnpaid).toEqual(expect.arrayContaining([...unpaid]));
        leftOut += omitted;
      }),
      { numRuns: 300 },
    );
    expect(leftOut).toBeGreaterThan(0);
  });

  it('goes by what was learnt last, and in the segment of the customer', () => {
    const many = Array.from({ length: 40 }, (_, index) => offer(`offer-${index}`, { valueMinor: 10_000 - index }));
    const young = {
      source: 'young',
      features: [],
      evaluate: (scope: Scope) => truthOf(scope.attribute('young')),
      explain: () => [],
    };
    const policy = policyOf(many, {
      learning: { segments: [{ name: 'young', when: young }], priorStrength: 20, halfLifeMs: 90 * DAY_MS },
    });
    const winner = (standing: ShardStanding, isYoung: boolean) => {
      const scope = { ...SCOPE, attribute: () => isYoung };
      const { outcome } = decide(requestOf({}), basisOf(policy, { standing, scope }));
      return outcome.kind === 'contact' ? outcome.winner.offer : outcome.kind;
    };
    const learnt = (offerOfTheYoung: string): ShardStanding => ({
      ...UNBOUNDED,
      posterior: (id, segment) => (id === offerOfTheYoung && segment === 'young' ? { alpha: 9, beta: 1 } : undefined),
    });
    const [before, after] = [learnt('offer-38'), learnt('offer-39')];
    expect([winner(before, true), winner(before, false)]).toEqual(['offer-38', 'offer-0']);
    expect([winner(after, true), winner(after, false)]).toEqual(['offer-39', 'offer-0']);
    expect(winner(before, true)).toBe('offer-38');
  });
});

const truthOf = (value: unknown) => (value === true ? 'true' : 'false');

function isSame(
  a: { readonly campaign: string; readonly offer: string },
  b: { readonly campaign: string; readonly offer: string },
): boolean {
  return a.campaign === b.campaign && a.offer === b.offer;
}
