import {
  type Campaign,
  type ChannelPlan,
  type CompiledPolicy,
  type ContactPolicy,
  type Offer,
  type QuietRule,
  UNLIMITED,
} from '@holdfast/policy';
import fc from 'fast-check';
import { always, campaign, DAY_MS, HOUR_MS, offer, policyOf } from './policy-fixture.ts';

const CHANNELS = ['sms', 'email', 'call-centre'] as const;
const OFFERS = ['gift', 'call', 'bundle', 'credit'] as const;
const CATEGORIES = ['retention', 'cross-sell', 'service'] as const;

/** A customer of a random world. */
export interface Resident {
  readonly customerId: string;
  readonly timeZone: string;
  /** Channels on which he does not want marketing. */
  readonly refused: readonly string[];
}

/** Something that asks for a decision, and what becomes of the contact where there is one. */
export interface Happening {
  readonly resident: number;
  /** Since the one before, ms. */
  readonly afterMs: number;
  readonly occasion: number;
  readonly becomes: 'nothing' | 'released' | 'accepted' | 'rejected';
}

export interface World {
  readonly policy: CompiledPolicy;
  readonly residents: readonly Resident[];
  readonly happenings: readonly Happening[];
}

const hours = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * HOUR_MS);
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const chance = fc.constantFrom(0, 0, 0, 0, 0, 0.3, 1);

const offers: fc.Arbitrary<readonly Offer[]> = fc.tuple(
  ...OFFERS.map((id) =>
    fc
      .record({
        category: fc.constantFrom(...CATEGORIES),
        channels: some(CHANNELS),
        valueMinor: fc.integer({ min: 300, max: 5_000 }),
        costMinor: fc.integer({ min: 0, max: 200 }),
        validForMs: hours(1, 120),
        eligible: fc.constantFrom(...Array.from({ length: 6 }, () => always('true')), always('unknown')),
      })
      .map((fields) => offer(id, fields)),
  ),
);

const campaigns: fc.Arbitrary<readonly Campaign[]> = fc.tuple(
  ...['keep', 'grow', 'serve'].map((id) =>
    fc
      .record(
        {
          offers: some(OFFERS),
          holdout: chance,
          budget: fc.record({
            amountMinor: fc.integer({ min: 0, max: 1_000 }),
            pieces: fc.integer({ min: 1, max: 8 }),
          }),
        },
        { requiredKeys: ['offers', 'holdout'] },
      )
      .map((fields) => campaign(id, fields.offers, { ...fields, kind: id === 'serve' ? 'service' : 'marketing' })),
  ),
);

const caps = fc.array(
  fc.record(
    {
      max: fc.integer({ min: 1, max: 3 }),
      perMs: fc.constantFrom(DAY_MS, 3 * DAY_MS, 7 * DAY_MS),
      channel: fc.constantFrom(...CHANNELS),
      category: fc.constantFrom(...CATEGORIES),
      offer: fc.constantFrom(...OFFERS),
    },
    { requiredKeys: ['max', 'perMs'] },
  ),
  { maxLength: 2 },
);

const quietRules: fc.Arbitrary<readonly QuietRule[]> = fc.array(
  fc.record({
    channels: some(CHANNELS),
    days: some([1, 2, 3, 4, 5, 6, 7]),
    holidays: fc.constantFrom('any', 'only', 'except'),
    startMinute: fc.constantFrom(0, 12 * 60, 21 * 60 + 30),
    endMinute: fc.constantFrom(8 * 60, 14 * 60, 1_440),
    otherwise: fc.constantFrom('defer', 'defer', 'drop'),
  }),
  { maxLength: 2 },
);

const contactPolicies: fc.Arbitrary<ContactPolicy> = fc
  .record(
    {
      caps,
      minimumGapMs: hours(0, 12),
      cooldownMs: hours(0, 240),
      acceptanceCooldownMs: hours(0, 240),
      quietHours: quietRules,
      rejections: fc.record({
        max: fc.integer({ min: 1, max: 3 }),
        withinMs: hours(1, 240),
        silentForMs: hours(1, 240),
      }),
      vulnerable: fc
        .constantFrom('true', 'unknown', 'unknown', 'unknown')
        .map((truth) => ({ when: always(truth), channels: ['call-centre'] })),
    },
    { requiredKeys: ['caps', 'minimumGapMs', 'cooldownMs', 'acceptanceCooldownMs', 'quietHours'] },
  )
  .map((fields) => ({ ...UNLIMITED, ...fields }));

const channelPlans: fc.Arbitrary<ReadonlyMap<string, ChannelPlan>> = fc
  .tuple(
    ...CHANNELS.map((id) =>
      fc
        .record(
          {
            costMinor: fc.integer({ min: 0, max: 50 }),
            capacity: fc.record({ max: fc.integer({ min: 1, max: 2 }), perMs: hours(1, 24) }),
          },
          { requiredKeys: ['costMinor'] },
        )
        .map((plan): ChannelPlan => ({ id, isPerson: id === 'call-centre', ...plan })),
    ),
  )
  .map((plans) => new Map(plans.map((plan) => [plan.id, plan])));

const policies: fc.Arbitrary<CompiledPolicy> = fc
  .record({
    offers,
    campaigns,
    contactPolicy: contactPolicies,
    channels: channelPlans,
    holdout: chance.map((share) => ({ share, salt: 'universal' })),
    exploration: fc.constantFrom(
      { method: 'none' } as const,
      { method: 'epsilon-greedy', epsilon: 0.5 } as const,
      { method: 'softmax', temperatureMinor: 500 } as const,
    ),
  })
  .map(({ offers: known, campaigns: running, ...fields }) =>
    policyOf(known, {
      ...fields,
      campaigns: new Map(running.map((one) => [one.id, one])),
      calendar: 'national',
      calendars: new Map([['national', new Set(['2026-02-03', '2026-02-06'])]]),
    }),
  );

const residents: fc.Arbitrary<readonly Resident[]> = fc.tuple(
  ...['ada', 'bo', 'chen'].map((customerId) =>
    fc.record({
      customerId: fc.integer({ min: 0, max: 99 }).map((number) => `${customerId}-${number}`),
      timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'America/St_Johns'),
      refused: fc.subarray([...CHANNELS], { maxLength: 2 }),
    }),
  ),
);

const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    resident: fc.integer({ min: 0, max: 2 }),
    afterMs: fc.integer({ min: 0, max: 24 * 60 }).map((minutes) => minutes * 60_000),
    occasion: fc.integer({ min: 0, max: 200 }),
    becomes: fc.constantFrom('nothing', 'nothing', 'nothing', 'released', 'accepted', 'rejected'),
  }),
  { minLength: 30, maxLength: 60 },
);

/** Policies, customers and what happens to them, of which nothing is as it should be. */
export const worlds: fc.Arbitrary<World> = fc.record({ policy: policies, residents, happenings });
