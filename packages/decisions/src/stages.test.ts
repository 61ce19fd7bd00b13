import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { always, basisOf, campaign, NOON, offer, policyOf, requestOf } from '../test/policy-fixture.ts';
import { isOpenTo } from './canary.ts';
import { decide } from './decide.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Decision } from './model.ts';
import { decideInShadow } from './shadow.ts';
import { shareOf } from './stable-hash.ts';

const customers = fc.string({ minLength: 1, maxLength: 20 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const canary = (share: number, id = 'keep') => campaign(id, ['gift'], { stage: 'canary', share });

describe('the share of a canary', () => {
  it('only takes customers in when it grows', () => {
    fc.assert(
      fc.property(customers, shares, shares, (customerId, a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        if (isOpenTo(canary(small), customerId)) expect(isOpenTo(canary(large), customerId)).toBe(true);
        expect(isOpenTo(canary(1), customerId)).toBe(true);
        expect(isOpenTo(canary(0), customerId)).toBe(false);
      }),
    );
  });

  it('holds about so many customers, others in every campaign, and others than its control group', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `customer-${index}`);
    const inside = ids.filter((id) => isOpenTo(canary(0.1), id));
    const inBoth = inside.filter((id) => isOpenTo(canary(0.1, 'other'), id));
    const inControl = inside.filter((id) => shareOf('campaign:keep', id) < 0.1);
    // Five standard deviations of a binomial around 2,000 and 200.
    expect(Math.abs(inside.length - 2_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.1 * 0.9));
    for (const both of [inBoth, inControl]) {
      expect(Math.abs(both.length - inside.length / 10)).toBeLessThan(5 * Math.sqrt(inside.length * 0.1 * 0.9));
    }
  });

  it('decides the same for a customer inside as a live campaign, and nothing of it for the others', () => {
    fc.assert(
      fc.property(customers, shares, (customerId, share) => {
        const decided = (one: ReturnType<typeof campaign>) =>
          decide(
            requestOf({ customerId }),
            basisOf(policyOf([offer('gift')], { campaigns: new Map([['keep', one]]) })),
          );
        const { outcome } = decided(canary(share));
        if (isOpenTo(canary(share), customerId)) expect(outcome).toEqual(decided(campaign('keep', ['gift'])).outcome);
        else expect(outcome).toMatchObject({ kind: 'suppressed', reason: 'outside-canary' });
      }),
    );
  });

  it('explains nothing where a live campaign was stopped by something else', () => {
    const campaigns = new Map([
      ['dear', campaign('dear', ['gift'], { stage: 'canary', share: 0 })],
      ['cheap', campaign('cheap', ['small'])],
    ]);
    const offers = [offer('gift', { valueMinor: 9_000 }), offer('small', { eligible: always('false') })];
    expect(decide(requestOf(), basisOf(policyOf(offers, { campaigns }))).outcome).toMatchObject({
      reason: 'not-eligible',
    });
  });
});

describe('campaigns in the shadow', () => {
  const shadow = (id: string, offers: readonly string[], fields = {}) =>
    campaign(id, offers, { stage: 'shadow', share: 0, ...fields });
  const offers = [
    offer('dear', { valueMinor: 5_000 }),
    offer('usual'),
    offer('cheap', { valueMinor: 500 }),
    offer('worthless', { valueMinor: 0 }),
    offer('shut', { eligible: always('false'), valueMinor: 9_000 }),
  ];
  const policyWith = (shadows: readonly ReturnType<typeof shadow>[], live = [campaign('live', ['usual'])], more = {}) =>
    policyOf(offers, { campaigns: new Map([...live, ...shadows].map((one) => [one.id, one])), ...more });
  const shadowsOf = (policy: ReturnType<typeof policyWith>, customer = {}) =>
    decideInShadow(requestOf(customer), basisOf(policy));
  const said = ({ shadowOf, outcome }: Decision) =>
    `${shadowOf} ${outcome.kind} ${outcome.kind === 'suppressed' ? outcome.reason : 'winner' in outcome ? outcome.winner.offer : ''}`.trim();

  it.each<[string, ReturnType<typeof policyWith>, string[]]>([
    ['would win', policyWith([shadow('s', ['dear'])]), ['s contact dear']],
    ['would lose to a live one', policyWith([shadow('s', ['cheap'])]), ['s suppressed lower-value']],
    [
      'would lose with the best it may offer',
      policyWith([shadow('s', ['shut', 'cheap'])]),
      ['s suppressed lower-value'],
    ],
    ['would offer nothing worth it', policyWith([shadow('s', ['worthless'])]), ['s no-action']],
    ['would offer nothing the customer may have', policyWith([shadow('s', ['shut'])]), ['s suppressed not-eligible']],
    ['would be alone', policyWith([shadow('s', ['cheap'])], []), ['s contact cheap']],
    [
      'are each seen without the other',
      policyWith([shadow('a', ['dear']), shadow('b', ['cheap'])], []),
      ['a contact dear', 'b contact cheap'],
    ],
    ['would keep a control group', policyWith([shadow('s', ['dear'], { holdout: 1 })]), ['s control dear']],
    ['are over', policyWith([shadow('s', ['dear'], { untilMs: NOON })]), []],
    ['have no offer', policyWith([shadow('s', [])]), ['s suppressed no-campaign']],
    [
      'would lose as what is held out, too',
      policyWith([shadow('s', ['cheap'])], [campaign('live', ['usual'])], { holdout: { share: 1, salt: 's' } }),
      ['s suppressed lower-value'],
    ],
    [
      'would win and be held out',
      policyWith([shadow('s', ['dear'])], [campaign('live', ['usual'])], { holdout: { share: 1, salt: 's' } }),
      ['s control dear'],
    ],
  ])('say so when they %s', (_, policy, expected) => {
    expect(shadowsOf(policy).map(said)).toEqual(expected);
  });

  it('never show in the live decision, and enrol nobody', () => {
    const policy = policyWith([shadow('s', ['dear'])]);
    const live = decide(requestOf(), basisOf(policy));
    expect(live).toEqual(decide(requestOf(), basisOf(policyWith([]))));
    const [decision] = shadowsOf(policy);
    expect(decision?.enrolment).toBeUndefined();
    expect(decision?.contactId).not.toBe(live.contactId);
    expect(decision?.contactId).toMatch(/^c[0-9a-f]{32}$/);
  });

  it('have figures of their own, and spend nothing', () => {
    const offers = [offer('dear', { propensity: 0.9 }), offer('cheap', { propensity: 0.3 })];
    const campaigns = new Map([
      ['live', campaign('live', ['dear'])],
      ['s', shadow('s', ['cheap'])],
    ]);
    const exploration = { method: 'epsilon-greedy', epsilon: 0.5 } as const;
    for (const occasion of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const basis = basisOf(policyOf(offers, { campaigns, exploration }));
      const [decision] = decideInShadow(requestOf({}, { occasion }), basis);
      const probability = decision?.outcome.kind === 'contact' ? 0.25 : 1;
      expect(decision).toMatchObject({ propensity: 0.3, costMinor: 0, probability });
    }
  });

  it('say that the occasion was answered before', () => {
    const policy = policyWith([shadow('s', ['dear'])]);
    const { contactId } = decide(requestOf(), basisOf(policy));
    const entry: LedgerEntry = {
      contactId,
      campaign: 'live',
      offer: 'usual',
      category: 'retention',
      channel: 'sms',
      kind: 'marketing',
      sendAt: NOON,
      sendBy: NOON,
      status: 'confirmed',
      rejectedAt: 0,
    };
    expect(decideInShadow(requestOf(), basisOf(policy, { ledger: [entry] })).map(said)).toEqual([
      's suppressed already-decided',
    ]);
  });
});
