import type { CompiledPolicy } from '@holdfast/policy';
import fc from 'fast-check';
import { compileFiles } from './customer-world.ts';

const CHANNELS = ['sms', 'email', 'call-centre'] as const;
const OFFERS = ['gift', 'call', 'bundle', 'credit'] as const;
const CATEGORIES = ['retention', 'cross-sell', 'service'] as const;
/** Each is a campaign; `serve` is a service. */
const CAMPAIGNS = ['keep', 'grow', 'serve'] as const;
/** Without summer time, so that the clock on the wall is a sum; minutes. */
export const ZONES = { UTC: 0, 'Asia/Shanghai': 480, 'Asia/Kolkata': 330 } as const;

export interface Cap {
  readonly max: number;
  readonly perDays: number;
  readonly channel?: string;
  readonly category?: string;
}

/** From an hour to an hour of the customer's day, over midnight where it ends earlier. */
export interface Quiet {
  readonly channels: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly otherwise: 'defer' | 'drop';
}

export interface RandomOffer {
  readonly category: string;
  readonly channels: readonly string[];
  readonly value: number;
  readonly cost: number;
  readonly validForHours: number;
}

export interface RandomCampaign {
  readonly offers: readonly string[];
  readonly holdout: number;
  readonly budget?: { readonly amount: number; readonly pieces: number } | undefined;
  readonly steps: readonly { readonly channel: string; readonly afterHours: number }[];
}

/** A policy as its author thinks of it, and as who judges its contacts reads it. */
export interface Market {
  readonly offers: Readonly<Record<string, RandomOffer>>;
  readonly campaigns: Readonly<Record<string, RandomCampaign>>;
  readonly channels: Readonly<Record<string, { readonly cost: number; readonly capacity?: Capacity | undefined }>>;
  readonly caps: readonly Cap[];
  readonly gapHours: number;
  readonly cooldownHours: number;
  readonly acceptanceHours: number;
  readonly rejections?:
    | { readonly max: number; readonly withinHours: number; readonly silentForHours: number }
    | undefined;
  readonly quiet: readonly Quiet[];
  readonly spokenTo: readonly string[];
  readonly holdout: number;
  readonly exploration: object;
}

export interface Capacity {
  readonly max: number;
  readonly perHours: number;
}

export const HOLDOUT_SALT = 'universal-1';

const COMPILED = new WeakMap<Market, CompiledPolicy>();

/** The market in the language of policies; JSON is YAML. */
export function compileMarket(market: Market): CompiledPolicy {
  const policy = COMPILED.get(market) ?? compileFiles({ 'policy.yaml': JSON.stringify(written(market)) });
  COMPILED.set(market, policy);
  return policy;
}

function written(market: Market) {
  const { caps, gapHours, cooldownHours, acceptanceHours, rejections, quiet, spokenTo, exploration } = market;
  const reason = { en: 'because' };
  return {
    languages: ['en'],
    currency: 'CNY',
    'time-zone': 'UTC',
    triggers: {
      asked: { on: 'SuspensionRequested', freshness: '12h', occasion: 'event.requestId', reason },
      silent: { absence: { of: 'UsageRecorded', for: '2d' }, freshness: '3d', occasion: 'silence', reason },
    },
    offers: mapped(market.offers, ({ validForHours, ...offer }, id) => ({
      ...offer,
      title: { en: id },
      propensity: 0.5,
      validFor: `${validForHours}h`,
    })),
    campaigns: mapped(market.campaigns, campaignText),
    channels: mapped(market.channels, ({ cost, capacity }, id) => ({
      cost,
      person: id === 'call-centre',
      ...(capacity ? { capacity: { max: capacity.max, per: `${capacity.perHours}h` } } : {}),
    })),
    'contact-policy': {
      caps: caps.map(({ perDays, ...cap }) => ({ ...cap, per: `${perDays}d` })),
      minimumGap: `${gapHours}h`,
      cooldown: `${cooldownHours}h`,
      acceptanceCooldown: `${acceptanceHours}h`,
      ...(rejections
        ? {
            rejections: {
              max: rejections.max,
              within: `${rejections.withinHours}h`,
              silentFor: `${rejections.silentForHours}h`,
            },
          }
        : {}),
      quietHours: quiet,
      vulnerable: { when: 'age >= 75', channels: spokenTo },
    },
    exploration,
    holdout: { share: market.holdout, salt: HOLDOUT_SALT },
  };
}

function campaignText({ budget, steps, ...campaign }: RandomCampaign, id: string) {
  return {
    ...campaign,
    kind: id === 'serve' ? 'service' : 'marketing',
    goal: { kpi: 'retained_60d', target: 0.04 },
    triggers: ['asked', 'silent'],
    ...(budget ? { budget: { ...budget, currency: 'CNY' } } : {}),
    ...(steps.length > 0
      ? {
          steps: steps.map(({ channel, afterHours }, at) => ({
            channel,
            ...(at > 0 ? { after: `${afterHours}h` } : {}),
          })),
        }
      : {}),
    stage: 'live',
  };
}

function mapped<A, B>(record: Readonly<Record<string, A>>, map: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

const int = (min: number, max: number) => fc.integer({ min, max });
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const chance = fc.constantFrom(0, 0, 0, 0.3, 1);

function each<K extends string, T>(keys: readonly K[], arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<K, T>> {
  return fc.tuple(...keys.map(() => arbitrary)).map((values) => {
    return Object.fromEntries(keys.map((key, index) => [key, values[index]])) as Record<K, T>;
  });
}

const offer = fc.record({
  category: fc.constantFrom(...CATEGORIES),
  channels: some(CHANNELS),
  value: int(3, 50),
  cost: int(0, 1),
  validForHours: int(1, 120),
});

const campaign = fc.record({
  offers: some(OFFERS),
  holdout: chance,
  budget: maybe(fc.record({ amount: int(1, 12), pieces: int(1, 8) })),
  steps: fc.oneof(
    fc.constant([]),
    fc.array(fc.record({ channel: fc.constantFrom(...CHANNELS), afterHours: int(1, 48) }), { maxLength: 3 }),
  ),
});

const capacity = fc.record({ max: int(1, 3), perHours: int(1, 24) });

/** The aged are spoken to by `spokenTo`, which is everybody where nobody minds. */
export const markets: fc.Arbitrary<Market> = fc.record({
  offers: each(OFFERS, offer),
  campaigns: each(CAMPAIGNS, campaign),
  channels: each(CHANNELS, fc.record({ cost: int(0, 1), capacity: maybe(capacity) })),
  caps: fc.array(
    fc.oneof(
      fc.record({ max: int(1, 3), perDays: fc.constantFrom(1, 3, 7) }),
      fc.record({ max: int(1, 2), perDays: fc.constantFrom(1, 7), channel: fc.constantFrom(...CHANNELS) }),
      fc.record({ max: int(1, 2), perDays: fc.constantFrom(1, 7), category: fc.constantFrom(...CATEGORIES) }),
    ),
    { maxLength: 2 },
  ),
  gapHours: int(0, 8),
  cooldownHours: int(0, 240),
  acceptanceHours: int(0, 240),
  rejections: maybe(fc.record({ max: int(1, 3), withinHours: int(1, 240), silentForHours: int(1, 240) })),
  quiet: fc.array(
    fc.record({
      channels: some(CHANNELS),
      from: fc.constantFrom(0, 12, 21),
      to: fc.constantFrom(8, 14, 23),
      otherwise: fc.constantFrom('defer', 'defer', 'drop'),
    }),
    { maxLength: 2 },
  ),
  spokenTo: fc.constantFrom(['call-centre'], [...CHANNELS]),
  holdout: chance,
  exploration: fc.constantFrom({ method: 'none' }, { method: 'epsilon-greedy', epsilon: 0.5 }),
});
