import { describe, expect, it } from 'vitest';
import { parseSpan, parseTime } from './time-option.ts';

describe('an option', () => {
  it('is a time of day or how long ago', () => {
    const nowMs = Date.parse('2026-11-22T12:00:00Z');
    expect(parseTime('2026-11-22T11:00:00Z', nowMs)).toBe(nowMs - 3_600_000);
    expect(parseTime('90s', nowMs)).toBe(nowMs - 90_000);
    expect(parseTime('2d', nowMs)).toBe(nowMs - 2 * 86_400_000);
    for (const nonsense of ['yesterday', '5', '2w', '2026-13-45', '']) {
      expect(parseTime(nonsense, nowMs)).toBeUndefined();
    }
  });

  it('is a span of time', () => {
    expect([parseSpan('90d'), parseSpan('12h'), parseSpan('90'), parseSpan('-1d'), parseSpan('')]).toEqual([
      90 * 86_400_000,
      12 * 3_600_000,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
