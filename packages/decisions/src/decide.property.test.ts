import { UNLIMITED } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, DAY_MS, HOUR_MS, NOON, offer, policyOf, quietNights, requestOf } from '../test/policy-fixture.ts';
import { overLimit } from './contact-policy.ts';
import { decide } from './decide.ts';
import type { LedgerEntry } from './ledger.ts';
import { contactIdOf, shareOf } from './stable-hash.ts';

const PER_MS = 7 * DAY_MS;
const MAX = 2;
const POLICY = policyOf([offer('gift', { channels: ['sms'] })], {
  contactPolicy: {
    ...UNLIMITED,
    caps: [{ max: MAX, perMs: PER_MS }],
    minimumGapMs: 6 * HOUR_MS,
    quietHours: [quietNights(['sms'])],
  },
});

/** Decides at these times, in this order, into one ledger. */
function ledgerAfter(times: readonly number[]): readonly LedgerEntry[] {
  const ledger: LedgerEntry[] = [];
  for (const [index, nowMs] of times.entries()) {
    const { contactId, outcome } = decide(
      requestOf({}, { nowMs, occasion: String(index) }),
      basisOf(POLICY, { ledger }),
    );
    if (outcome.kind !== 'contact') continue;
    ledger.push({ ...outcome.winner, contactId, status: 'reserved', rejectedAt: 0 });
  }
  return ledger;
}

const times = fc.array(
  fc.integer({ min: 0, max: 40 * 24 }).map((hours) => NOON + hours * HOUR_MS),
  { minLength: 5, maxLength: 60 },
);

describe('decide, whatever the order of the occasions', () => {
  it('never exceeds a cap or falls short of the gap', () => {
    fc.assert(
      fc.property(times, (order) => {
        const sent = ledgerAfter(order).map((entry) => entry.sendAt);
        for (const start of sent) {
          expect(sent.filter((at) => at >= start && at < start + PER_MS).length).toBeLessThanOrEqual(MAX);
          expect(sent.filter((at) => Math.abs(at - start) < 6 * HOUR_MS)).toHaveLength(1);
        }
        expect(overLimit(ledgerAfter(order), POLICY.contactPolicy)).toEqual([]);
      }),
    );
  });

  it('answers the same to the same question', () => {
    fc.assert(
      fc.property(times, (order) => {
        expect(ledgerAfter(order)).toEqual(ledgerAfter(order));
      }),
    );
  });

  it('names all open contacts of a limit that is exceeded', () => {
    const entry = (contactId: string, sendAt: number, status: LedgerEntry['status']): LedgerEntry => ({
      ...{ campaign: 'keep', offer: 'gift', category: 'retention', channel: 'sms', kind: 'marketing', rejectedAt: 0 },
      ...{ contactId, sendAt, sendBy: sendAt, status },
    });
    const ledger = [
      entry('a', NOON, 'confirmed'),
      entry('b', NOON + DAY_MS, 'reserved'),
      entry('c', NOON + 2 * DAY_MS, 'reserved'),
      entry('d', NOON + 20 * DAY_MS, 'reserved'),
    ];
    expect(overLimit(ledger, POLICY.contactPolicy)).toEqual(['b', 'c']);
  });
});

describe('the contact id', () => {
  it('says why we contact, not under which policy or with what', () => {
    const other = { ...policyOf([offer('else', { valueMinor: 9_000 })]), version: 'sha256:other' };
    const ids = [POLICY, other].map((policy) => decide(requestOf(), basisOf(policy)).contactId);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^c[0-9a-f]{32}$/);
  });

  it('differs in each of its parts, and does not confuse their borders', () => {
    const key = { customerId: 'ab', trigger: 'c', occasion: 'd', step: 'e' };
    const keys = [key, { ...key, customerId: 'a', trigger: 'bc' }, { ...key, step: 'f' }, { ...key, occasion: '' }];
    expect(new Set(keys.map(contactIdOf)).size).toBe(keys.length);
  });
});

describe('the holdout', () => {
  it('takes its share of customers, each salt its own', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `customer-${index}`);
    const held = ids.filter((id) => shareOf('universal', id) < 0.1);
    const both = held.filter((id) => shareOf('campaign', id) < 0.1);
    // Five standard deviations of a binomial around 2,000 and 200.
    expect(Math.abs(held.length - 2_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.1 * 0.9));
    expect(Math.abs(both.length - held.length / 10)).toBeLessThan(5 * Math.sqrt(held.length * 0.1 * 0.9));
  });
});
