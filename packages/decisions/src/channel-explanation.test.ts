import { type ContactPolicy, UNLIMITED } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, DAY_MS, HOUR_MS, NOON, offer, policyOf, quietNights, requestOf } from '../test/policy-fixture.ts';
import { explainChannel } from './channel-explanation.ts';
import { brokenLimit } from './contact-policy.ts';
import { decide } from './decide.ts';
import type { LedgerEntry } from './ledger.ts';
import { explainLimit } from './limit-explanation.ts';

const entry = (atMs: number, fields: Partial<LedgerEntry> = {}): LedgerEntry => ({
  contactId: `c-${atMs}`,
  campaign: 'other',
  offer: 'other',
  category: 'retention',
  channel: 'call-centre',
  kind: 'marketing',
  sendAt: atMs,
  sendBy: atMs,
  status: 'confirmed',
  rejectedAt: 0,
  ...fields,
});

const contactPolicies: fc.Arbitrary<ContactPolicy> = fc.record({
  caps: fc.array(
    fc.record({
      max: fc.integer({ min: 1, max: 3 }),
      perMs: fc.integer({ min: 1, max: 7 }).map((days) => days * DAY_MS),
    }),
    { maxLength: 2 },
  ),
  minimumGapMs: fc.integer({ min: 0, max: 48 }).map((hours) => hours * HOUR_MS),
  cooldownMs: fc.integer({ min: 0, max: 10 }).map((days) => days * DAY_MS),
  acceptanceCooldownMs: fc.constant(0),
  quietHours: fc.constantFrom([], [quietNights(['call-centre'], 11, 14)]),
  exempt: fc.constant(UNLIMITED.exempt),
});
const ledgers = fc.array(
  fc
    .record({ hours: fc.integer({ min: -240, max: 48 }), isOwn: fc.boolean(), isRejected: fc.boolean() })
    .map(({ hours, isOwn, isRejected }) => {
      const atMs = NOON + hours * HOUR_MS;
      return entry(atMs, { offer: isOwn ? 'gift' : 'other', rejectedAt: isRejected ? atMs : 0 });
    }),
  { maxLength: 8 },
);

describe('what stops a channel', () => {
  it('is what decide says of an offer with that channel only, whatever the ledger, limits and consent', () => {
    fc.assert(
      fc.property(contactPolicies, ledgers, fc.boolean(), (contactPolicy, ledger, isWithdrawn) => {
        const gift = offer('gift', { validForMs: HOUR_MS });
        const consent = () => (isWithdrawn ? 'withdrawn' : 'unknown');
        const request = requestOf({ consent });
        const basis = basisOf(policyOf([gift], { contactPolicy }), { ledger });
        const { candidates } = decide(request, basis);
        const told = explainChannel('call-centre', { offer: gift, kind: 'marketing', request, basis });
        const lost = candidates.find((candidate) => candidate.offer === 'gift')?.lostBecause;
        expect(told.kind).toBe(lost ?? 'open');
      }),
    );
  });

  it('is a limit until the first moment at which the contact would not break it', () => {
    fc.assert(
      fc.property(contactPolicies, ledgers, (policy, ledger) => {
        const contact = {
          offer: 'gift',
          category: 'retention',
          channel: 'call-centre',
          kind: 'marketing',
          sendAt: NOON,
        } as const;
        const told = explainLimit(contact, ledger, policy);
        expect(told?.limit).toBe(brokenLimit(contact, ledger, policy));
        if (told === undefined) return;
        const alone = {
          ...policy,
          caps: told.cap ? [told.cap] : [],
          minimumGapMs: told.limit === 'minimum-gap' ? policy.minimumGapMs : 0,
          cooldownMs: told.limit === 'cool-down' ? policy.cooldownMs : 0,
        };
        expect(brokenLimit({ ...contact, sendAt: told.untilMs }, ledger, alone)).toBeUndefined();
        for (let sendAt = NOON; sendAt < told.untilMs; sendAt += HOUR_MS / 2) {
          expect(brokenLimit({ ...contact, sendAt }, ledger, alone)).toBe(told.limit);
        }
      }),
    );
  });

  it('names the consent that was withdrawn', () => {
    const request = requestOf({ consent: (_, purpose) => (purpose === 'PROFILING' ? 'withdrawn' : 'granted') });
    const question = { offer: offer('gift'), kind: 'marketing', request, basis: basisOf(policyOf([])) } as const;
    expect(explainChannel('sms', question)).toEqual({ channel: 'sms', kind: 'no-consent', withdrawn: ['PROFILING'] });
  });

  it('names the cap that is full, with the time it opens', () => {
    const cap = { max: 1, perMs: 7 * DAY_MS, category: 'retention' };
    const contactPolicy = { ...UNLIMITED, caps: [{ max: 5, perMs: DAY_MS }, cap] };
    const basis = basisOf(policyOf([], { contactPolicy }), { ledger: [entry(NOON - DAY_MS)] });
    const question = { offer: offer('gift'), kind: 'marketing', request: requestOf(), basis } as const;
    expect(explainChannel('sms', question)).toEqual({ channel: 'sms', kind: 'cap', cap, untilMs: NOON + 6 * DAY_MS });
  });
});
