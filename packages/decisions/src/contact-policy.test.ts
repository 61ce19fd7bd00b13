import { type ContactPolicy, UNLIMITED } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { contactAt } from '../test/ledger-fixture.ts';
import {
  always,
  basisOf,
  DAY_MS,
  HOUR_MS,
  NOON,
  offer,
  policyOf,
  quietNights,
  requestOf,
} from '../test/policy-fixture.ts';
import { brokenLimit, limitHorizonMs, overLimit } from './contact-policy.ts';
import { decide } from './decide.ts';
import type { ContactKind, LedgerEntry } from './ledger.ts';
import { explainLimit } from './limit-explanation.ts';

const planned = {
  offer: 'gift',
  category: 'retention',
  channel: 'sms',
  kind: 'marketing' as ContactKind,
  sendAt: NOON,
};
const rejected = (agoMs: number, fields: Partial<LedgerEntry> = {}) =>
  contactAt(NOON - agoMs, { rejectedAt: NOON - agoMs, ...fields });
const accepted = (agoMs: number, fields: Partial<LedgerEntry> = {}) =>
  contactAt(NOON - agoMs, { acceptedAt: NOON - agoMs, ...fields });

const REJECTIONS: ContactPolicy = {
  ...UNLIMITED,
  rejections: { max: 3, withinMs: 10 * DAY_MS, silentForMs: 20 * DAY_MS },
};
const ACCEPTANCE: ContactPolicy = { ...UNLIMITED, acceptanceCooldownMs: 5 * DAY_MS };
const OFFER_CAP: ContactPolicy = { ...UNLIMITED, caps: [{ max: 1, perMs: 7 * DAY_MS, offer: 'gift' }] };
const GAP: ContactPolicy = { ...UNLIMITED, minimumGapMs: HOUR_MS };

describe('a limit', () => {
  it.each<[string, ContactPolicy, readonly LedgerEntry[], string | undefined]>([
    ['counts contacts of the offer it names', OFFER_CAP, [contactAt(NOON - DAY_MS, { offer: 'gift' })], 'cap'],
    ['does not count those of another', OFFER_CAP, [contactAt(NOON - DAY_MS)], undefined],
    ['silences the category of what was accepted', ACCEPTANCE, [accepted(4 * DAY_MS)], 'recently-accepted'],
    ['lets it speak again when the time is over, exactly', ACCEPTANCE, [accepted(5 * DAY_MS)], undefined],
    ['leaves other categories alone', ACCEPTANCE, [accepted(DAY_MS, { category: 'cross-sell' })], undefined],
    [
      'silences all marketing after too many rejections',
      REJECTIONS,
      [rejected(9 * DAY_MS), rejected(5 * DAY_MS), rejected(DAY_MS)],
      'too-many-rejections',
    ],
    [
      'goes by rejections near one another',
      REJECTIONS,
      [rejected(11 * DAY_MS), rejected(5 * DAY_MS), rejected(DAY_MS)],
      undefined,
    ],
    [
      'lets marketing speak again after the silence',
      REJECTIONS,
      [rejected(22 * DAY_MS), rejected(21 * DAY_MS), rejected(20 * DAY_MS)],
      undefined,
    ],
    [
      'stays silent from the last rejection on',
      REJECTIONS,
      [rejected(22 * DAY_MS), rejected(21 * DAY_MS), rejected(20 * DAY_MS), rejected(19 * DAY_MS)],
      'too-many-rejections',
    ],
  ])('%s', (_, policy, ledger, expected) => {
    expect(brokenLimit(planned, ledger, policy)).toBe(expected);
    expect(explainLimit(planned, ledger, policy)?.limit).toBe(expected);
  });

  const STRICT: ContactPolicy = {
    ...REJECTIONS,
    caps: [{ max: 1, perMs: 7 * DAY_MS }],
    minimumGapMs: DAY_MS,
    cooldownMs: 30 * DAY_MS,
  };
  const crowded = [contactAt(NOON - HOUR_MS), rejected(2 * HOUR_MS, { offer: 'gift' })];

  it('does not hold for a kind that is exempt, and is not broken by it afterwards', () => {
    expect(brokenLimit({ ...planned, kind: 'service' }, crowded, STRICT)).toBeUndefined();
    const sent = contactAt(NOON - 1, { kind: 'service', status: 'reserved' });
    const before = contactAt(NOON, { status: 'reserved', contactId: 'planned' });
    expect(overLimit([before, sent], STRICT)).toEqual([]);
  });

  it('counts exempt contacts against those that are not: the customer got them', () => {
    expect(brokenLimit(planned, [contactAt(NOON - HOUR_MS, { kind: 'service' })], STRICT)).toBe('minimum-gap');
  });

  it('holds for service where the policy says so', () => {
    expect(brokenLimit({ ...planned, kind: 'service' }, crowded, { ...STRICT, exempt: [] })).toBe('cool-down');
  });

  it('reaches back as far as an entry can matter', () => {
    expect(limitHorizonMs(STRICT)).toBe(30 * DAY_MS);
    expect(limitHorizonMs(ACCEPTANCE)).toBe(5 * DAY_MS);
    expect(limitHorizonMs({ ...REJECTIONS, cooldownMs: DAY_MS })).toBe(30 * DAY_MS);
  });
});

describe('contacts of one night', () => {
  const sendTimes = (contactPolicy: ContactPolicy, validForMs: number) => {
    const policy = policyOf([offer('gift', { channels: ['sms'], validForMs })], { contactPolicy });
    const ledger: LedgerEntry[] = [];
    return [1, 2, 3].map((hour) => {
      const request = requestOf({}, { nowMs: NOON + (9 + hour) * HOUR_MS, occasion: String(hour) });
      const { outcome, contactId } = decide(request, basisOf(policy, { ledger }));
      if (outcome.kind === 'suppressed') return outcome.reason;
      if (outcome.kind !== 'contact') return outcome.kind;
      ledger.push(contactAt(outcome.winner.sendAt, { contactId, offer: 'gift', channel: 'sms', status: 'reserved' }));
      return new Date(outcome.winner.sendAt).toISOString().slice(5, 16);
    });
  };
  const nights = { ...GAP, quietHours: [quietNights(['sms'])] };

  it('do not all arrive at nine, but with the gap between them', () => {
    expect(sendTimes(nights, 72 * HOUR_MS)).toEqual(['02-03T09:00', '02-03T10:00', '02-03T11:00']);
  });

  it('go on to the next day where the gap leads into the night', () => {
    const wide = { ...nights, minimumGapMs: 7 * HOUR_MS };
    expect(sendTimes(wide, 72 * HOUR_MS)).toEqual(['02-03T09:00', '02-03T16:00', '02-04T09:00']);
  });

  it('are rejected where no room is left before the offer ends', () => {
    const wide = { ...nights, minimumGapMs: 2 * HOUR_MS };
    expect(sendTimes(wide, 12 * HOUR_MS)).toEqual(['02-03T09:00', '02-03T11:00', 'minimum-gap']);
  });

  it('keep the cap where they were put', () => {
    const capped = { ...nights, caps: [{ max: 2, perMs: DAY_MS }] };
    expect(sendTimes(capped, 72 * HOUR_MS)).toEqual(['02-03T09:00', '02-03T10:00', 'minimum-gap']);
  });
});

describe('a vulnerable customer', () => {
  const contactPolicy = { ...UNLIMITED, vulnerable: { when: always('true'), channels: ['call-centre'] } };
  const said = (channels: readonly string[]) => {
    const { outcome } = decide(requestOf(), basisOf(policyOf([offer('gift', { channels })], { contactPolicy })));
    return outcome.kind === 'contact' ? outcome.winner.channel : outcome.kind === 'suppressed' ? outcome.reason : '';
  };

  it('is told by a person, or not at all', () => {
    expect(said(['sms', 'call-centre'])).toBe('call-centre');
    expect(said(['sms'])).toBe('vulnerable');
  });
});
