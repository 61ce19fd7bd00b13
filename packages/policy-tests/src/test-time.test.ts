import { describe, expect, it } from 'vitest';
import { testTimeOf } from './test-time.ts';

const UTC = testTimeOf('2026-01-31', 'UTC');
const SHANGHAI = testTimeOf('2026-01-31', 'Asia/Shanghai');
const BEFORE = Date.UTC(2026, 0, 31, 8);

describe('a time in a policy test', () => {
  it.each([
    ['day 1', '2026-01-31T00:00:00Z'],
    ['day 2 9:05', '2026-02-01T09:05:00Z'],
    ['day 2 09:05:07', '2026-02-01T09:05:07Z'],
    ['2026-03-01', '2026-03-01T00:00:00Z'],
    ['2026-03-01 10:00', '2026-03-01T10:00:00Z'],
    ['2026-03-01T10:00:00+08:00', '2026-03-01T02:00:00Z'],
    ['+90s', '2026-01-31T08:01:30Z'],
  ])('is read from %s', (text, expected) => {
    expect(UTC?.parse(text, BEFORE)).toBe(Date.parse(expected));
  });

  it('is that of the test’s zone', () => {
    expect(SHANGHAI?.parse('day 2 09:00', 0)).toBe(Date.parse('2026-02-01T01:00:00Z'));
    expect(SHANGHAI?.write(Date.parse('2026-02-01T01:00:00Z'))).toBe('day 2 09:00');
  });

  it.each(['', 'tomorrow', 'day', 'day 2 25:00', 'day 99999', '2026-02-30', '2026-13-01 10:00', '+2', '10:00'])(
    'is not %j',
    (text) => {
      expect(UTC?.parse(text, BEFORE)).toBeUndefined();
    },
  );

  it('is written as it is read, with seconds only where there are some', () => {
    expect(UTC?.write(Date.parse('2026-02-03T10:00:00Z'))).toBe('day 4 10:00');
    expect(UTC?.write(Date.parse('2026-02-03T10:00:05Z'))).toBe('day 4 10:00:05');
  });

  it('has no calendar in a zone nobody knows', () => {
    expect(testTimeOf('2026-01-01', 'Mars/Olympus')).toBeUndefined();
    expect(testTimeOf('2026-02-30', 'UTC')).toBeUndefined();
  });
});
