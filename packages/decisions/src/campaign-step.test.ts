import { UNLIMITED } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { type Case, channels, decided, fullFor, hourly, said } from '../test/decided.ts';
import { contactAt } from '../test/ledger-fixture.ts';
import { HOUR_MS, NOON, offer, quietNights } from '../test/policy-fixture.ts';
import { type LastPlan, NO_DEALINGS } from './dealings.ts';

const lastPlan = (plan: LastPlan) => ({ history: { ...NO_DEALINGS, lastPlan: () => plan } });

describe('a campaign with steps', () => {
  const steps = [
    { channel: 'sms', afterMs: 0, fallback: ['email'], offers: ['gift'] },
    { channel: 'call-centre', afterMs: HOUR_MS, fallback: [] },
  ];
  const offers = [
    offer('gift', { channels: ['call-centre', 'email', 'sms'] }),
    offer('call', { valueMinor: 9_000, channels: ['call-centre', 'sms'] }),
  ];
  const quiet = (...names: readonly string[]) => ({
    contactPolicy: { ...UNLIMITED, quietHours: [quietNights(names, 0, 24)] },
  });
  const second = { origin: 'step', step: 'step-2', campaigns: ['keep'], channels: ['call-centre'] } as const;

  it.each<[string, Case, string]>([
    ['begins with its first step: channel and offers', {}, 'gift by sms in 0'],
    ['falls back where the channel of the step cannot be had', { policy: quiet('sms') }, 'gift by email in 0'],
    ['does not go out of the step', { policy: quiet('sms', 'email') }, 'quiet-hours'],
    ['goes on as it is asked', { request: second }, 'call by call-centre in 0'],
    ['makes the offers it is asked for', { request: { ...second, offers: ['gift'] } }, 'gift by call-centre in 0'],
    [
      'takes any channel of the offer when the customer asks himself',
      { request: { isReactive: true } },
      'call by call-centre in 0',
    ],
    ['is not entered while it runs', { basis: lastPlan({ endedAt: undefined }) }, 're-entry'],
    ['goes on while it runs', { basis: lastPlan({ endedAt: undefined }), request: second }, 'call by call-centre in 0'],
    ['may be entered anew', { basis: lastPlan({ endedAt: NOON }) }, 'gift by sms in 0'],
    [
      'is entered once where it says so',
      { campaign: { reentry: { kind: 'never' } }, basis: lastPlan({ endedAt: 0 }) },
      're-entry',
    ],
    [
      'is not entered anew too soon',
      { campaign: { reentry: { kind: 'after', afterMs: HOUR_MS } }, basis: lastPlan({ endedAt: NOON - HOUR_MS + 1 }) },
      're-entry',
    ],
    [
      'is entered anew when the time has passed, exactly',
      { campaign: { reentry: { kind: 'after', afterMs: HOUR_MS } }, basis: lastPlan({ endedAt: NOON - HOUR_MS }) },
      'gift by sms in 0',
    ],
    ['ends with its campaign', { campaign: { stage: 'retired' }, request: second }, 'no-campaign'],
  ])('%s', (_, given, expected) => {
    expect(said(decided({ offers, ...given, campaign: { steps, ...given.campaign } }))).toBe(expected);
  });
});

describe('a customer who asks himself', () => {
  const night = { nowMs: NOON + 11 * HOUR_MS, isReactive: true, origin: 'agent' } as const;
  const contactPolicy = { ...UNLIMITED, minimumGapMs: HOUR_MS, quietHours: [quietNights(['call-centre'])] };

  it('is answered at once: in quiet hours, near to another contact, at a full desk', () => {
    const policy = { contactPolicy, ...channels({ id: 'call-centre', capacity: hourly }) };
    expect(said(decided({ policy, basis: fullFor(20), request: night }))).toBe('gift by call-centre in 11');
  });

  it('is not offered more than a cap allows, however near the other contact is', () => {
    const capped = { ...contactPolicy, caps: [{ max: 1, perMs: 24 * HOUR_MS }] };
    const basis = { ledger: [contactAt(night.nowMs - 1)] };
    expect(said(decided({ policy: { contactPolicy: capped }, basis, request: night }))).toBe('cap');
    expect(said(decided({ policy: { contactPolicy }, basis, request: night }))).toBe('gift by call-centre in 11');
  });

  it.each([
    ['served, though he is not to be contacted', 'service', ['do-not-contact'], 'gift by call-centre in 11'],
    ['sold nothing when he is not to be contacted', 'marketing', ['do-not-contact'], 'do-not-contact'],
    ['not served where something else sets him apart', 'service', ['do-not-contact', 'fraud'], 'excluded'],
  ] as const)('is %s', (_, kind, exclusions, expected) => {
    const given = { campaign: { kind }, customer: { exclusions }, request: night };
    expect(said(decided(given))).toBe(expected);
    const unasked = { ...given, request: { ...night, isReactive: false } };
    expect(said(decided(unasked))).toBe('do-not-contact');
  });
});
