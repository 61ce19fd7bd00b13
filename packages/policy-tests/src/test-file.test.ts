import { formatDiagnostic } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTRACT, POLICY } from '../test/pack.ts';
import { readTestFile } from './test-file.ts';

const SOUND = `tests:
  - name: three calls
    given:
      - { at: day 1, event: SubscriptionActivated, product: MOBILE, plan: M }
    when:
      - { at: day 9 10:00, every: 1h, times: 3, event: UsageRecorded, kind: VOICE }
      - { at: +2h, delay: 5m, event: UsageRecorded, kind: DATA }
    until: +1d
    then:
      - { trigger: many_calls, offer: gift, sendAt: day 9 12:00, lost: { call: lower-value } }
      - { no: quiet, because: waits }
`;

const findings = (text: string): readonly string[] =>
  readTestFile('a.test.yaml', text, POLICY, CONTRACT).diagnostics.map(formatDiagnostic);

describe('a test file', () => {
  it('is read with its times, repetitions and what the contract asks for besides', () => {
    const [test] = readTestFile('a.test.yaml', SOUND, POLICY, CONTRACT).tests;
    expect(test?.when.map(({ atMs, delayMs }) => [test.time.write(atMs), delayMs])).toEqual([
      ['day 9 10:00', 0],
      ['day 9 11:00', 0],
      ['day 9 12:00', 0],
      ['day 9 14:00', 300_000],
    ]);
    expect(test?.when[0]?.fields).toMatchObject({ kind: 'VOICE', subscriptionId: 'subscription-1', quantityMb: 0 });
    expect(test?.untilMs).toBe(Date.UTC(2026, 0, 10, 14));
  });

  it.each([
    [
      'an event type',
      'SubscriptionActivated',
      'SubscriptionActivatd',
      /4:29 error: unknown event type .*"SubscriptionActivated"/,
    ],
    ['a field', 'product:', 'produkt:', /4:\d+ error: unknown field "produkt"; did you mean "product"\?/],
    ['a word of a closed set', 'kind: VOICE', 'kind: VOIC', /6:\d+ error: kind must be one of VOICE, SMS, DATA, OTHER/],
    ['a time', 'day 9 10:00', 'noon', /6:15 error: at must be a time such as day 3 10:00/],
    ['a repetition', 'times: 3', 'times: 0', /6:\d+ error: a repeated event needs every/],
    [
      'a trigger',
      'trigger: many_calls',
      'trigger: many_cals',
      /10:\d+ error: unknown trigger .*did you mean "many_calls"/,
    ],
    ['an offer', 'offer: gift', 'offer: gfit', /10:\d+ error: unknown offer "gfit"; did you mean "gift"\?/],
    ['an offer that lost', 'call: lower-value', 'cal: lower-value', /10:\d+ error: unknown offer "cal"/],
    ['what does not happen', 'no: quiet', 'no: quite', /11:\d+ error: unknown trigger "quite"; did you mean "quiet"\?/],
    ['a key', 'until:', 'untill:', /8:5 error: unknown key of a test "untill"; did you mean "until"\?/],
    ['an end before the last event', 'until: +1d', 'until: day 2', /8:12 error: until must be a time/],
    ['a field that is missing', ', kind: DATA', '', /7:\d+ error: UsageRecorded: kind/],
    ['a yes or no', 'given:', 'as-if-live: perhaps\n    given:', /3:17 error: as-if-live must be true or false/],
    [
      'what an event is about',
      'kind: DATA }',
      'kind: DATA, of: many_calls }',
      /7:\d+ error: UsageRecorded is about no contact, so it has no "of"/,
    ],
    [
      'the trigger of an answer',
      'event: UsageRecorded, kind: DATA }',
      'event: OfferAccepted, of: many_cals }',
      /7:\d+ error: unknown trigger "many_cals"; did you mean "many_calls"\?/,
    ],
    ['a list', 'tests:', 'test:', /1:1 error: unknown key of a test file "test"; did you mean "tests"\?/],
    ['an alias', 'name: three calls', 'name: *x', /aliases|alias/i],
  ])('with a mistake in %s is refused with its place and what was meant', (_, from, to, expected) => {
    expect(SOUND).toContain(from);
    const told = findings(SOUND.replace(from, to));
    expect(told.join('\n')).toMatch(expected);
    expect(readTestFile('a.test.yaml', SOUND.replace(from, to), POLICY, CONTRACT).tests).toEqual([]);
  });

  it('is bounded', () => {
    expect(findings(SOUND.replace('times: 3', 'times: 5001')).join()).toMatch(/1 to 5000/);
    expect(findings(`${SOUND}${'#'.repeat(600_000)}`).join()).toMatch(/at most 524288 characters/);
    expect(findings('tests: []').join()).toMatch(/1 to 500 tests/);
  });

  it('never throws, whatever a mutation does to the text', () => {
    fc.assert(
      fc.property(
        fc.nat(SOUND.length),
        fc.nat(12),
        fc.constantFrom('', ' ', ':', '{', '- ', '~', '999999999999', '*a', '\n'),
        (at, length, put) => {
          for (const text of findings(SOUND.slice(0, at) + put + SOUND.slice(at + length))) {
            expect(text).toMatch(/^a\.test\.yaml:[1-9]\d*:[1-9]\d* error: /);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
