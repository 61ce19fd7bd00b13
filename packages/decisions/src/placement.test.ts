import { type ContactPolicy, type QuietRule, UNLIMITED } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, policyOf, quietNights } from '../test/policy-fixture.ts';
import { isQuietByTheClock } from '../test/quiet-clock.ts';
import { localityOf } from './locality.ts';
import { placeInTime } from './placement.ts';
import { quietTimesOf } from './quiet-times.ts';

interface Place {
  readonly from: string;
  readonly timeZone?: string;
  readonly hours?: number;
  readonly channel?: string;
  readonly calendar?: string;
}

const NATIONAL_WEEK = new Set(['2026-10-01', '2026-10-02']);
const policyWith = (rules: readonly QuietRule[]) => {
  const contactPolicy: ContactPolicy = { ...UNLIMITED, quietHours: rules };
  return policyOf([], { contactPolicy, calendars: new Map([['national', NATIONAL_WEEK]]) });
};

function placed(rules: readonly QuietRule[], place: Place): readonly string[] | undefined {
  const { from, timeZone = 'UTC', hours = 72, channel = 'sms', calendar = '' } = place;
  const fromMs = Date.parse(from);
  const quiet = quietTimesOf(policyWith(rules), channel, { timeZone, calendar });
  const found = placeInTime({ fromMs, untilMs: fromMs + hours * HOUR_MS }, quiet);
  return found && [found.sendAt, found.sendBy].map((atMs) => new Date(atMs).toISOString().slice(0, 16));
}

const nightly = quietNights(['sms']);
const onSundays: QuietRule = { ...nightly, days: [7], startMinute: 0, endMinute: 1_440 };
const onHolidays: QuietRule = { ...nightly, holidays: 'only', startMinute: 0, endMinute: 1_440 };
const butHolidays: QuietRule = { ...nightly, holidays: 'except', startMinute: 8 * 60, endMinute: 18 * 60 };

describe('placing in time', () => {
  it.each<[string, readonly QuietRule[], Place, [string, string]]>([
    [
      'at once by day, until the evening',
      [nightly],
      { from: '2026-02-02T10:00:00Z' },
      ['2026-02-02T10:00', '2026-02-02T20:59'],
    ],
    [
      'in the morning after a quiet evening',
      [nightly],
      { from: '2026-02-02T21:00:00Z' },
      ['2026-02-03T09:00', '2026-02-03T20:59'],
    ],
    [
      'at the end of the night, exactly',
      [nightly],
      { from: '2026-02-03T09:00:00Z' },
      ['2026-02-03T09:00', '2026-02-03T20:59'],
    ],
    [
      'by the clock of the customer',
      [nightly],
      { from: '2026-02-02T14:00:00Z', timeZone: 'Asia/Shanghai' },
      ['2026-02-03T01:00', '2026-02-03T12:59'],
    ],
    [
      'over a clock that is set forward',
      [nightly],
      { from: '2026-03-28T22:00:00Z', timeZone: 'Europe/Berlin' },
      ['2026-03-29T07:00', '2026-03-29T18:59'],
    ],
    [
      'after the second of two equal times, when the clock is set back',
      [{ ...nightly, startMinute: 0, endMinute: 150 }],
      { from: '2026-10-25T00:00:00Z', timeZone: 'Europe/Berlin' },
      ['2026-10-25T01:30', '2026-10-25T22:59'],
    ],
    [
      'after a night that began on its day',
      [{ ...nightly, days: [7] }],
      { from: '2026-02-02T03:00:00Z' },
      ['2026-02-02T09:00', '2026-02-05T03:00'],
    ],
    [
      'before a night in which it would be dropped',
      [{ ...nightly, otherwise: 'drop' }],
      { from: '2026-02-02T20:00:00Z' },
      ['2026-02-02T20:00', '2026-02-02T20:59'],
    ],
    [
      'on Monday what was decided on a quiet Sunday',
      [onSundays],
      { from: '2026-02-01T10:00:00Z' },
      ['2026-02-02T00:00', '2026-02-04T10:00'],
    ],
    [
      'when the last of several quiet times in a row is over',
      [nightly, onSundays],
      { from: '2026-01-31T22:00:00Z' },
      ['2026-02-02T09:00', '2026-02-02T20:59'],
    ],
    [
      'after the holidays of the customer',
      [onHolidays],
      { from: '2026-10-01T10:00:00Z', calendar: 'national' },
      ['2026-10-03T00:00', '2026-10-04T10:00'],
    ],
    [
      'as on any day where the holidays are those of others',
      [onHolidays],
      { from: '2026-10-01T10:00:00Z' },
      ['2026-10-01T10:00', '2026-10-04T10:00'],
    ],
    [
      'on a holiday at hours that are quiet on working days',
      [butHolidays],
      { from: '2026-10-01T10:00:00Z', calendar: 'national' },
      ['2026-10-01T10:00', '2026-10-03T07:59'],
    ],
  ])('sends %s', (_, rules, place, expected) => {
    expect(placed(rules, place)).toEqual(expected);
  });

  it.each<[string, readonly QuietRule[], Place]>([
    ['the offer ends in the night', [nightly], { from: '2026-02-02T22:00:00Z', hours: 2 }],
    ['what falls into the night is dropped', [{ ...nightly, otherwise: 'drop' }], { from: '2026-02-02T22:00:00Z' }],
    [
      'it is quiet at all times',
      [{ ...nightly, startMinute: 0, endMinute: 1_440 }],
      { from: '2026-02-02T22:00:00Z', hours: 9_600 },
    ],
  ])('finds no place when %s', (_, rules, place) => {
    expect(placed(rules, place)).toBeUndefined();
  });

  it('has all of the time on a channel that is never quiet', () => {
    const place = { from: '2026-02-02T22:00:00Z', hours: 2, channel: 'call-centre' };
    expect(placed([nightly], place)).toEqual(['2026-02-02T22:00', '2026-02-03T00:00']);
  });

  it('never lies in a quiet time by the clock on the wall, wherever the customer lives, and begins where one ends', () => {
    const minutes = fc.integer({ min: 0, max: 1_440 });
    const rules: fc.Arbitrary<readonly QuietRule[]> = fc.array(
      fc.record({
        channels: fc.constant(['sms']),
        days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        holidays: fc.constantFrom('any', 'only', 'except'),
        startMinute: fc.integer({ min: 0, max: 1_439 }),
        endMinute: minutes.map((minute) => Math.max(1, minute)),
        otherwise: fc.constant('defer'),
      }),
      { maxLength: 3 },
    );
    const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati');
    const days = fc.constantFrom('2026-03-28', '2026-10-24', '2026-10-01', '2026-03-07', '2026-11-01');
    fc.assert(
      fc.property(rules, zones, days, minutes, fc.boolean(), (quietHours, timeZone, day, minute, isLocal) => {
        const policy = policyWith(quietHours);
        const locality = { timeZone, calendar: isLocal ? 'national' : '' };
        const fromMs = Date.parse(`${day}T00:00:00Z`) + minute * 60_000;
        const place = placeInTime({ fromMs, untilMs: fromMs + 96 * HOUR_MS }, quietTimesOf(policy, 'sms', locality));
        if (place === undefined) return;
        const isQuiet = (atMs: number) => isQuietByTheClock(policy, 'sms', locality, atMs);
        const { sendAt, sendBy } = place;
        for (let step = 0; step <= 20; step += 1) {
          expect(isQuiet(sendAt + Math.floor(((sendBy - sendAt) * step) / 20))).toBe(false);
        }
        // Where the clock is changed a span may be an hour longer than the wall shows.
        if (sendAt > fromMs) expect(isQuiet(sendAt - 1) || isQuiet(sendAt - HOUR_MS - 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('where a customer lives', () => {
  const policy = policyOf([], {
    timeZone: 'Asia/Shanghai',
    calendar: 'national',
    regions: new Map([['Urumqi', { timeZone: 'Asia/Urumqi', calendar: 'local' }]]),
  });
  const of = (timeZone: string | undefined, city: string | undefined) =>
    localityOf({ timeZone }, policy, { attribute: (name) => (name === 'city' ? city : undefined) });

  it.each([
    ['his profile', 'Europe/Paris', 'Urumqi', { timeZone: 'Europe/Paris', calendar: 'local' }],
    ['his region', undefined, 'Urumqi', { timeZone: 'Asia/Urumqi', calendar: 'local' }],
    ['his region where the profile has none that is known', 'Mars/Olympus', 'Urumqi', { timeZone: 'Asia/Urumqi' }],
    ['the market', undefined, 'Hangzhou', { timeZone: 'Asia/Shanghai', calendar: 'national' }],
    ['the market where nothing is known', undefined, undefined, { timeZone: 'Asia/Shanghai' }],
  ])('is told by %s', (_, timeZone, city, expected) => {
    expect(of(timeZone, city)).toMatchObject(expected);
  });
});
