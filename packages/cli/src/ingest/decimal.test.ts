import { describe, expect, it } from 'vitest';
import { rounded, toMinorUnits, toNumber } from './decimal.ts';

describe('an amount', () => {
  it.each([
    ['12.5', 2, undefined, 1_250],
    ['1.005', 2, 'half-up', 101],
    ['1.004', 2, 'half-up', 100],
    ['1.001', 2, 'up', 101],
    ['1.009', 2, 'down', 100],
    ['1.009', 2, undefined, undefined],
    ['1.100', 1, undefined, 11],
    ['-0.005', 2, 'half-up', -1],
    ['-0.001', 2, 'down', 0],
    ['90071992547409.93', 2, undefined, undefined],
    ['0000003999', 0, undefined, 3_999],
    ['1e3', 2, undefined, undefined],
    ['1,5', 2, undefined, undefined],
    ['', 2, undefined, undefined],
  ] as const)('%s with %i digits, rounded %s, is %s', (text, digits, rounding, expected) => {
    expect(toMinorUnits(text, digits, rounding)).toBe(expected);
  });

  it.each([
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e-3', 0.001],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['1 ', undefined],
  ])('%j as a number is %s', (text, expected) => {
    expect(toNumber(text)).toBe(expected);
  });

  it('is rounded away from zero, towards it, or to the nearer one', () => {
    expect([rounded(-1.5, 'half-up'), rounded(-1.2, 'up'), rounded(-1.8, 'down'), rounded(1.5, undefined)]).toEqual([
      -2, -2, -1, 1.5,
    ]);
  });
});
