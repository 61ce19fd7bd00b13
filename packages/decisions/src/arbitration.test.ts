import { UNLIMITED } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { type Case, channels, decided, fullFor, hourly, said } from '../test/decided.ts';
import { always, HOUR_MS, NOON, offer, quietNights } from '../test/policy-fixture.ts';
import { UNBOUNDED } from './standing.ts';

const left = (minor: number, pieces: number) => ({ standing: { ...UNBOUNDED, budgetLeft: () => ({ minor, pieces }) } });
const learnt = (posteriors: Readonly<Record<string, readonly [number, number]>>) => ({
  standing: {
    ...UNBOUNDED,
    posterior: (name: string, segment: string) => {
      const found = posteriors[`${name} ${segment}`];
      return found && { alpha: found[0], beta: found[1] };
    },
  },
});
const segments = [
  { name: 'young', when: always('unknown') },
  { name: 'city', when: always('true') },
];
const learning = { learning: { segments, priorStrength: 20, halfLifeMs: 1 } };

describe('the value of a candidate', () => {
  const scoreOf = (given: Case) => decided(given).candidates.find((one) => one.offer === 'gift')?.score;

  it('is propensity × context × value × lever − cost of offer and channel', () => {
    const context = [
      { when: always('true'), factor: 2 },
      { when: always('unknown'), factor: 100 },
    ];
    const given = {
      offers: [offer('gift', { propensity: 0.5, valueMinor: 1_000, costMinor: 100, lever: 1.5, context })],
      campaign: { lever: 0.5 },
      policy: channels({ id: 'call-centre', costMinor: 30 }),
    };
    expect(scoreOf(given)).toBe(0.5 * 2 * 1_000 * 1.5 * 0.5 - 130);
    expect(decided(given)).toMatchObject({ propensity: 0.5, costMinor: 130, segment: 'other' });
  });

  it('goes by what was learnt in the first segment that the customer is in', () => {
    const basis = learnt({ 'gift young': [9, 1], 'gift city': [3, 1], 'gift other': [1, 4] });
    expect(decided({ policy: learning, basis })).toMatchObject({ segment: 'city', propensity: 0.75 });
    expect(decided({ basis })).toMatchObject({ segment: 'other', propensity: 0.2 });
  });

  it('goes by the statement of the policy where nothing, or nothing sensible, was learnt', () => {
    expect(decided({ policy: learning, basis: learnt({ 'gift young': [9, 1] }) }).propensity).toBe(0.5);
    expect(decided({ basis: learnt({ 'gift other': [0, 0] }) }).propensity).toBe(0.5);
  });

  it('may make another offer win once more is known', () => {
    const offers = [offer('gift', { propensity: 0.6 }), offer('call')];
    expect(said(decided({ offers }))).toBe('gift by call-centre in 0');
    expect(said(decided({ offers, basis: learnt({ 'gift other': [1, 9] }) }))).toBe('call by call-centre in 0');
  });
});

describe('the channel', () => {
  const both = [offer('gift', { channels: ['call-centre', 'sms'] })];
  it.each<[string, Case, string]>([
    ['is the first of the offer where all cost the same', { offers: both }, 'gift by call-centre in 0'],
    [
      'is the cheapest that is open',
      { offers: both, policy: channels({ id: 'call-centre', costMinor: 20 }, { id: 'sms', costMinor: 5 }) },
      'gift by sms in 0',
    ],
    [
      'is a dearer one where the cheaper has no consent',
      {
        offers: both,
        policy: channels({ id: 'call-centre', costMinor: 20 }),
        customer: { consent: (channel) => (channel === 'sms' ? 'withdrawn' : 'granted') },
      },
      'gift by call-centre in 0',
    ],
    [
      'waits for a slot that is free',
      { policy: channels({ id: 'call-centre', capacity: hourly }), basis: fullFor(3) },
      'gift by call-centre in 3',
    ],
    [
      'is another one with room before a full one is waited for',
      {
        offers: both,
        policy: channels({ id: 'call-centre', capacity: hourly }, { id: 'sms', costMinor: 50 }),
        basis: fullFor(3),
      },
      'gift by sms in 0',
    ],
    [
      'is waited for where no other has room',
      {
        offers: both,
        policy: {
          ...channels({ id: 'call-centre', capacity: hourly }),
          contactPolicy: { ...UNLIMITED, quietHours: [quietNights(['sms'], 0, 24)] },
        },
        basis: fullFor(3),
      },
      'gift by call-centre in 3',
    ],
    [
      'is full where no slot is free before the offer ends',
      { policy: channels({ id: 'call-centre', capacity: hourly }), basis: fullFor(73) },
      'capacity',
    ],
    ['is one of those asked for', { offers: both, request: { channels: ['sms'] } }, 'gift by sms in 0'],
    ['is none where none of those asked for carries the offer', { request: { channels: ['sms'] } }, 'no-channel'],
  ])('%s', (_, given, expected) => {
    expect(said(decided(given))).toBe(expected);
  });

  it('names the slot that a contact takes, and none where there is no capacity', () => {
    const policy = channels({ id: 'call-centre', capacity: hourly });
    expect(decided({ policy, request: { nowMs: NOON + 90 * 60_000 } }).slotAt).toBe(NOON + HOUR_MS);
    expect(decided({}).slotAt).toBeUndefined();
    expect(decided({ policy, campaign: { holdout: 1 } }).slotAt).toBeUndefined();
  });
});

describe('a budget', () => {
  const budget = { budget: { amountMinor: 1_000, pieces: 10 } };
  it.each<[string, Case, string]>([
    ['pays to the last', { campaign: budget, basis: left(100, 1) }, 'gift by call-centre in 0'],
    ['does not pay what is dearer than the rest', { campaign: budget, basis: left(99, 5) }, 'budget'],
    ['has a number of pieces', { campaign: budget, basis: left(5_000, 0) }, 'budget'],
    ['does not bind who has none', { basis: left(0, 0) }, 'gift by call-centre in 0'],
    [
      'binds controls as well, who would not be like the others else',
      { campaign: { ...budget, holdout: 1 }, basis: left(0, 0) },
      'budget',
    ],
    [
      'lets the next candidate win that it pays for',
      {
        campaign: budget,
        basis: left(50, 5),
        offers: [offer('dear', { valueMinor: 9_000 }), offer('cheap', { costMinor: 50 })],
      },
      'cheap by call-centre in 0',
    ],
  ])('%s', (_, given, expected) => {
    expect(said(decided(given))).toBe(expected);
  });
});
