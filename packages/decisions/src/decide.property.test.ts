import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, NOON, offer, policyOf, requestOf, SCOPE } from '../test/policy-fixture.ts';
import { overLimit } from './contact-policy.ts';
import { decide } from './decide.ts';
import type { LedgerEntry } from './ledger.ts';
import { placeInTime } from './placement.ts';
import { contactIdOf, shareOf } from './stable-hash.ts';

const PER_MS = 7 * DAY_MS;
const MAX = 2;
const POLICY = policyOf([offer('gift', { channels: ['sms'] })], {
  contactPolicy: {
    caps: [{ max: MAX, perMs: PER_MS }],
    minimumGapMs: 6 * HOUR_MS,
    cooldownMs: 0,
    quietHours: { startHour: 21, endHour: 9, channels: ['sms'] },
  },
});

/** Decides at these times, in this order, into one ledger. */
function ledgerAfter(times: readonly number[]): readonly LedgerEntry[] {
  const ledger: LedgerEntry[] = [];
  for (const [index, nowMs] of times.entries()) {
    const { contactId, outcome } = decide(requestOf({}, { nowMs, occasion: String(index) }), ledger, POLICY, SCOPE);
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
    const ids = [POLICY, other].map((policy) => decide(requestOf(), [], policy, SCOPE).contactId);
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

describe('placing in time', () => {
  const policy = POLICY.contactPolicy;
  const place = (from: string, timeZone: string, hours = 72, channel = 'sms') => {
    const fromMs = Date.parse(from);
    const placed = placeInTime({ channel, fromMs, untilMs: fromMs + hours * HOUR_MS, timeZone }, policy);
    return placed && [new Date(placed.sendAt).toISOString(), new Date(placed.sendBy).toISOString()];
  };

  it.each([
    [
      'at once by day, until the evening',
      '2026-02-02T10:00:00Z',
      'UTC',
      ['2026-02-02T10:00:00.000Z', '2026-02-02T20:59:59.999Z'],
    ],
    [
      'in the morning after a quiet evening',
      '2026-02-02T21:00:00Z',
      'UTC',
      ['2026-02-03T09:00:00.000Z', '2026-02-03T20:59:59.999Z'],
    ],
    [
      'at the end of the night, exactly',
      '2026-02-03T09:00:00Z',
      'UTC',
      ['2026-02-03T09:00:00.000Z', '2026-02-03T20:59:59.999Z'],
    ],
    [
      'by the clock of the customer',
      '2026-02-02T14:00:00Z',
      'Asia/Shanghai',
      ['2026-02-03T01:00:00.000Z', '2026-02-03T12:59:59.999Z'],
    ],
    [
      'in UTC where the zone is not known',
      '2026-02-02T10:00:00Z',
      'Mars/Olympus',
      ['2026-02-02T10:00:00.000Z', '2026-02-02T20:59:59.999Z'],
    ],
    [
      'over a change of the clock',
      '2026-03-28T22:00:00Z',
      'Europe/Berlin',
      ['2026-03-29T07:00:00.000Z', '2026-03-29T18:59:59.999Z'],
    ],
  ])('sends %s', (_, from, timeZone, expected) => {
    expect(place(from, timeZone)).toEqual(expected);
  });

  it('has no place when the offer ends in the night, and all of the time where no hour is quiet', () => {
    expect(place('2026-02-02T22:00:00Z', 'UTC', 2)).toBeUndefined();
    expect(place('2026-02-02T22:00:00Z', 'UTC', 2, 'call-centre')).toEqual([
      '2026-02-02T22:00:00.000Z',
      '2026-02-03T00:00:00.000Z',
    ]);
  });
});
