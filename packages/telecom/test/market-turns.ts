import fc from 'fast-check';
import { type Market, markets, ZONES } from './random-market.ts';

export type ZoneName = keyof typeof ZONES;

export interface Resident {
  readonly customerId: string;
  readonly timeZone: ZoneName;
  readonly birthYear: number;
}

const REPORTS = ['SENT', 'DELIVERED', 'SEEN', 'FAILED', 'EXPIRED', 'REFUSED', 'CANCELLED', 'UNKNOWN'] as const;
const CHANNELS = ['sms', 'email', 'call-centre', '*'] as const;

/** About the n-th contact of all, counted from the last. */
export type Told =
  | { readonly kind: 'report'; readonly of: number; readonly status: (typeof REPORTS)[number] }
  | { readonly kind: 'OfferAccepted' | 'OfferRejected' | 'OfferDeferred'; readonly of: number };

/** What a customer does, or what is told of him. */
export type Happening =
  | { readonly kind: 'ask'; readonly request: number }
  | { readonly kind: 'use' }
  | {
      readonly kind: 'consent';
      readonly channel: (typeof CHANNELS)[number];
      readonly purpose: 'MARKETING' | 'SERVICE' | 'PROFILING';
      readonly granted: boolean;
    }
  | { readonly kind: 'exclude'; readonly exclusion: 'do-not-contact' | 'fraud'; readonly active: boolean }
  | { readonly kind: 'complain'; readonly isOpen: boolean };

export type Turn = { readonly resident: number } & (
  | Told
  | Happening
  | { readonly kind: 'restart' }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'look' }
  | { readonly kind: 'wait'; readonly minutes: number }
  /** What shards say to each other of budgets arrives, or is lost. */
  | { readonly kind: 'talk'; readonly isLost: boolean }
);

export interface MarketLife {
  readonly market: Market;
  readonly residents: readonly Resident[];
  readonly turns: readonly Turn[];
}

const who = { resident: fc.integer({ min: 0, max: 2 }) };
const of = fc.nat(5);
const turnOf = <K extends string, F extends object>(kind: K, fields: { [P in keyof F]: fc.Arbitrary<F[P]> }) =>
  fc.tuple(fc.record(who), fc.record<F>(fields)).map(([whose, rest]) => ({ ...whose, kind, ...rest }));

const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: turnOf('ask', { request: fc.nat(20) }) },
    { weight: 6, arbitrary: turnOf('wait', { minutes: fc.integer({ min: 0, max: 1_500 }) }) },
    { weight: 2, arbitrary: turnOf('use', {}) },
    { weight: 4, arbitrary: turnOf('report', { of, status: fc.constantFrom(...REPORTS) }) },
    { weight: 1, arbitrary: turnOf('OfferAccepted', { of }) },
    { weight: 2, arbitrary: turnOf('OfferRejected', { of }) },
    { weight: 1, arbitrary: turnOf('OfferDeferred', { of }) },
    { weight: 2, arbitrary: turnOf('restart', {}) },
    { weight: 1, arbitrary: turnOf('adopt', {}) },
    { weight: 1, arbitrary: turnOf('repeat', {}) },
    { weight: 3, arbitrary: turnOf('look', {}) },
    { weight: 2, arbitrary: turnOf('talk', { isLost: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: turnOf('consent', {
        channel: fc.constantFrom(...CHANNELS),
        purpose: fc.constantFrom('MARKETING' as const, 'MARKETING' as const, 'SERVICE' as const, 'PROFILING' as const),
        granted: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: turnOf('exclude', {
        exclusion: fc.constantFrom('do-not-contact' as const, 'fraud' as const),
        active: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: turnOf('complain', { isOpen: fc.boolean() }) },
  ),
  { minLength: 30, maxLength: 70 },
);

const residents = fc.tuple(
  ...['ada', 'bo', 'chen'].map((name) =>
    fc.record({
      customerId: fc.nat(99).map((number) => `${name}-${number}`),
      timeZone: fc.constantFrom(...(Object.keys(ZONES) as ZoneName[])),
      birthYear: fc.constantFrom(1940, 1990, 1990),
    }),
  ),
);

/** Markets, customers and what happens to them, of which nothing is as it should be. */
export const lives: fc.Arbitrary<MarketLife> = fc.record({ market: markets, residents, turns });
