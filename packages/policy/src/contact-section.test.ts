import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { type CompiledPolicy, compilePolicy, formatDiagnostic } from './index.ts';
import { isAlwaysQuiet } from './quiet-time.ts';

/** The pack with this as its contact policy, in a file of its own. */
const withPolicy = (text: string) => ({
  ...PACK,
  'policy/offers.yaml': (PACK['policy/offers.yaml'] ?? '').replace(/contact-policy:\n(?: {2}.*\n)*/, ''),
  'z.yaml': `contact-policy: { ${text} }\n`,
});
const policyOf = (text: string): CompiledPolicy['contactPolicy'] => compiled(withPolicy(text)).contactPolicy;

function problems(text: string): readonly string[] {
  const answer = compilePolicy(withPolicy(text), contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

describe('a contact policy', () => {
  it('that says nothing limits nothing, and service is exempt', () => {
    expect(policyOf('')).toEqual({
      ...{ caps: [], minimumGapMs: 0, cooldownMs: 0, acceptanceCooldownMs: 0, quietHours: [], exempt: ['service'] },
    });
  });

  it('has caps by offer, cool-downs after a yes and after many a no, and nobody exempt where it says so', () => {
    const text =
      'caps: [{ max: 1, per: 30d, offer: care_call }], acceptanceCooldown: 14d, rejections: { max: 3, within: 60d, silentFor: 90d }, exempt: []';
    expect(policyOf(text)).toMatchObject({
      caps: [{ max: 1, perMs: 30 * 86_400_000, offer: 'care_call' }],
      acceptanceCooldownMs: 14 * 86_400_000,
      rejections: { max: 3, withinMs: 60 * 86_400_000, silentForMs: 90 * 86_400_000 },
      exempt: [],
    });
  });

  it('lets people alone speak with the vulnerable, on the channels it names or on all that have one', () => {
    expect(policyOf("vulnerable: { when: tier == 'aged' }").vulnerable).toMatchObject({
      when: { source: "tier == 'aged'" },
      channels: ['call-centre'],
    });
    expect(policyOf('vulnerable: { when: has_broadband, channels: [app-push] }').vulnerable?.channels).toEqual([
      'app-push',
    ]);
  });

  it.each([
    ['caps: [{ max: 1, per: 7d, offer: care_cal }]', '1:52 error: unknown offer "care_cal"; did you mean "care_call"?'],
    ['caps: [{ max: 1, per: 7d, channel: smss }]', '1:54 error: unknown channel "smss"; did you mean "sms"?'],
    ['rejections: { max: 0, within: 1d, silentFor: 1d }', '1:38 error: max must be a whole number from 1 to 100'],
    ['rejections: { max: 1, within: 1d }', '1:19 error: rejections needs silentFor'],
    ['acceptanceCooldown: 2 weeks', '1:39 error: acceptanceCooldown must be a duration'],
    ['exempt: [marketing]', '1:28 error: exempt must be a list of one of service'],
    ['vulnerable: { channels: [sms] }', '1:19 error: vulnerable needs when'],
    ['vulnerable: { when: tier > 3 }', '1:39 error: no such overload'],
    ['vulnerable: { when: has_broadband, channels: [fax] }', '1:65 error: unknown channel "fax"'],
    ['quietHours: { from: 25, to: 9, channels: [] }', '1:39 error: from must be an hour from 0 to 24, or a time'],
    ["quietHours: { from: '21:60', to: 9, channels: [] }", '1:39 error: from must be an hour from 0 to 24, or a time'],
    ['quietHours: [{ from: 1, to: 9 }]', '1:32 error: a quiet time needs channels'],
    [
      'quietHours: [{ from: 1, to: 9, channels: [sms], days: [monday] }]',
      '1:74 error: days must be a list of one of mon',
    ],
    [
      'quietHours: [{ from: 1, to: 9, channels: [sms], days: [] }]',
      '1:73 error: days must be a list of 1 to 9 entries',
    ],
    ['quietHours: [{ from: 1, to: 9, channels: [sms], holidays: never }]', '1:77 error: holidays must be one of any'],
    [
      'quietHours: [{ from: 1, to: 9, channels: [sms], otherwise: wait }]',
      '1:78 error: otherwise must be one of defer',
    ],
    ['quietHours: [{ from: 1, to: 9, channels: [sms], hours: 3 }]', '1:67 error: unknown key of a quiet time "hours"'],
  ])('with "%s" is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`z.yaml:${expected}`);
  });
});

const WORDS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const minutes = fc.integer({ min: 0, max: 1_439 });
const clock = (minute: number): string =>
  `'${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}'`;
const rules = fc.record({
  from: minutes,
  to: minutes,
  days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
  holidays: fc.constantFrom('any' as const, 'only' as const, 'except' as const),
  otherwise: fc.constantFrom('defer' as const, 'drop' as const),
});

describe('quiet times', () => {
  it.each([
    ['from: 21, to: 9', 1_260, 540],
    ["from: '21:30', to: '08:05'", 1_290, 485],
    ['from: 0, to: 24', 0, 1_440],
    ['from: 21, to: 0', 1_260, 1_440],
    ['from: 24, to: 9', 0, 540],
  ])('%s are minutes of the day', (text, startMinute, endMinute) => {
    expect(policyOf(`quietHours: { ${text}, channels: [sms] }`).quietHours).toEqual([
      { channels: ['sms'], days: [1, 2, 3, 4, 5, 6, 7], holidays: 'any', startMinute, endMinute, otherwise: 'defer' },
    ]);
  });

  it.each([
    ['[mon, wed]', [1, 3]],
    ['[weekend]', [6, 7]],
    ['[sun, weekdays, mon]', [1, 2, 3, 4, 5, 7]],
  ])('on %s hold on those days, each once', (days, expected) => {
    const [rule] = policyOf(`quietHours: [{ from: 1, to: 2, channels: [sms], days: ${days} }]`).quietHours;
    expect(rule?.days).toEqual(expected);
  });

  it('that end when they begin are none, and are warned of', () => {
    const answer = compilePolicy(withPolicy('quietHours: { from: 9, to: 9, channels: [sms] }'), contract);
    expect(answer.kind === 'ok' && answer.policy.contactPolicy.quietHours).toEqual([]);
    expect(answer.kind === 'ok' && answer.warnings.map(formatDiagnostic)).toEqual([
      'z.yaml:1:19 warning: it ends when it begins: nothing is quiet',
    ]);
  });

  it('are what was written, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 4 }), (written) => {
        const texts = written.map(
          ({ from, to, days, holidays, otherwise }) =>
            `{ from: ${clock(from)}, to: ${clock(to)}, channels: [sms, app-push], days: [${days.map((day) => WORDS[day - 1])}], holidays: ${holidays}, otherwise: ${otherwise} }`,
        );
        const expected = written
          .filter(({ from, to }) => from !== to)
          .map(({ from, to, ...rest }) => ({
            ...rest,
            channels: ['sms', 'app-push'],
            startMinute: from,
            endMinute: to === 0 ? 1_440 : to,
          }));
        expect(policyOf(`quietHours: [${texts.join(', ')}]`).quietHours).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('leave a minute of the week or none, as going through the minutes says', () => {
    const hours = fc.integer({ min: 0, max: 23 });
    const broad = fc.record({
      start: hours,
      hours: fc.integer({ min: 8, max: 24 }),
      days: rules.map(({ days }) => days),
    });
    fc.assert(
      fc.property(fc.array(broad, { maxLength: 6 }), (spans) => {
        const quiet = new Set(
          spans.flatMap(({ start, hours: length, days }) =>
            days.flatMap((day) => Array.from({ length }, (_, i) => ((day - 1) * 24 + start + i) % 168)),
          ),
        );
        const written = spans.map(({ start, hours: length, days }) => ({
          ...{ channels: ['sms'], days, holidays: 'any' as const, otherwise: 'defer' as const },
          ...{ startMinute: start * 60, endMinute: ((start + length) % 24) * 60 || 1_440 },
        }));
        expect(isAlwaysQuiet('sms', written)).toBe(quiet.size === 168);
        expect(isAlwaysQuiet('email', written)).toBe(false);
      }),
    );
  });
});
