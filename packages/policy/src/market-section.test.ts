import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';

const withMarket = (text: string) => ({ ...PACK, 'policy/market.yaml': text });

function problems(text: string): readonly string[] {
  const answer = compilePolicy(withMarket(text), contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

describe('channels', () => {
  it('have a cost in minor units, and a capacity where one is given', () => {
    expect(compiled().channels.get('call-centre')).toEqual({
      id: 'call-centre',
      costMinor: 250,
      isPerson: true,
      capacity: { max: 40, perMs: 3_600_000 },
    });
    expect(compiled().channels.get('sms')).toEqual({ id: 'sms', costMinor: 5, isPerson: false });
  });

  it('of which nothing is said cost nothing and take all; only the call centre is a person', () => {
    expect([...compiled(withMarket('')).channels.values()]).toEqual([
      { id: 'call-centre', costMinor: 0, isPerson: true },
      { id: 'sms', costMinor: 0, isPerson: false },
      { id: 'app-push', costMinor: 0, isPerson: false },
    ]);
  });

  it('say themselves whether a person speaks', () => {
    const text = 'channels: { call-centre: { person: false }, sms: { person: true } }';
    const { channels } = compiled(withMarket(text));
    expect([...channels.values()].map(({ isPerson }) => isPerson)).toEqual([false, true, false]);
  });

  it.each([
    ['channels: { smss: {} }', '1:13 error: unknown channel "smss"; did you mean "sms"?'],
    ['channels: { sms: { cost: -1 } }', '1:13 error: a contact costs nothing or more'],
    ['channels: { sms: { cost: 0.001 } }', '1:26 error: cost must be an amount with at most 2 digits after the point'],
    [
      'channels: { sms: { capacity: { max: 0, per: 1h } } }',
      '1:37 error: max must be a whole number from 1 to 100000000',
    ],
    ['channels: { sms: { capacity: { max: 5, per: 1s } } }', '1:45 error: per must be a duration'],
    ['channels: { sms: { capacity: { max: 5 } } }', '1:20 error: capacity needs per'],
    ['channels: { sms: { person: maybe } }', '1:28 error: person must be true or false'],
    ['channels: { sms: { price: 1 } }', '1:20 error: unknown key of a channel "price"'],
  ])('%s is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`policy/market.yaml:${expected}`);
  });
});

describe('calendars', () => {
  it('have each day of what is written, alone or in a row, over the end of a month and of a year', () => {
    const text = 'calendars: { c: [2026-02-28..2026-03-01, 2026-12-31..2027-01-02, 2026-05-01, 2026-05-01] }';
    const days = compiled(withMarket(text)).calendars.get('c') ?? [];
    expect([...days]).toEqual(['2026-02-28', '2026-03-01', '2026-12-31', '2027-01-01', '2027-01-02', '2026-05-01']);
  });

  it.each(['2026-02-30', '2026-10-07..2026-10-01', '2026-01-01..2027-06-01', '2026-10-01..', '1..2..3', 'easter'])(
    'refuse %s',
    (days) => {
      expect(problems(`calendars: { c: ["${days}"] }`)).toEqual([
        'policy/market.yaml:1:18 error: expected a day such as 2026-10-01, or days in a row such as 2026-10-01..2026-10-07, up to 400',
      ]);
    },
  );

  it.each([
    ['calendars: { c: 2026-10-01 }', '1:17 error: calendar c must be a list of up to 1000 entries'],
    ['calendar: chine\ncalendars: { china: [] }', '1:11 error: unknown calendar "chine"; did you mean "china"?'],
    ['calendar: [china]\ncalendars: { china: [] }', '1:11 error: calendar must be the name of a calendar'],
  ])('%s is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`policy/market.yaml:${expected}`);
  });
});

describe('the market and its regions', () => {
  it('say what is so of whom nothing nearer is known', () => {
    expect(compiled().calendar).toBe('china');
    expect(compiled(withMarket('time-zone: Asia/Shanghai')).timeZone).toBe('Asia/Shanghai');
    expect(compiled(withMarket(''))).toMatchObject({ timeZone: 'UTC', regions: new Map(), calendars: new Map() });
    expect(compiled(withMarket('')).calendar).toBeUndefined();
  });

  it('are found by city, or by the name of the region where it names none', () => {
    const harbour = { timeZone: 'Asia/Hong_Kong', calendar: 'hong_kong' };
    expect(compiled().regions).toEqual(
      new Map([
        ['香港', harbour],
        ['Kowloon', harbour],
      ]),
    );
    const named = compiled(withMarket('regions: { paris: { timeZone: Europe/Paris } }'));
    expect(named.regions).toEqual(new Map([['paris', { timeZone: 'Europe/Paris' }]]));
  });

  it.each([
    ['regions: { a: { cities: [x] }, b: { cities: [x] } }', '1:46 error: "x" is in two regions'],
    ['regions: { a: { timeZone: Mars/Base } }', '1:27 error: timeZone must be a time zone such as Asia/Shanghai'],
    ['regions: { a: { calendar: c } }', '1:27 error: unknown calendar "c"'],
    ['regions: { a: { cities: [] } }', '1:25 error: cities must be a list of 1 to 1000 entries'],
    ['regions: { A: {} }', '1:12 error: id "A" must be lower case letters'],
  ])('%s is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`policy/market.yaml:${expected}`);
  });
});
