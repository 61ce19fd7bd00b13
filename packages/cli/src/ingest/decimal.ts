import type { FieldRule } from './mapping-model.ts';

export type Rounding = NonNullable<FieldRule['round']>;

const DECIMAL = /^([+-]?)(\d{1,18})(?:\.(\d{1,30}))?$/;

/**
 * An amount in its minor unit, exact: `12.5` with two digits is 1,250. Digits beyond are rounded as told, else the answer
 * is undefined, as it is for a text that is no decimal number or too large to be exact.
 */
export function toMinorUnits(text: string, digits: number, rounding: Rounding | undefined): number | undefined {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === '') return undefined;
  const kept = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  const rest = fraction.slice(digits).replace(/0+$/, '');
  if (rest !== '' && rounding === undefined) return undefined;
  const isUp = rest !== '' && (rounding === 'up' || (rounding === 'half-up' && rest >= '5'));
  const minor = isUp ? kept + 1 : kept;
  if (!Number.isSafeInteger(minor)) return undefined;
  return sign === '-' && minor !== 0 ? -minor : minor;
}

/** A decimal number, with an exponent where it has one; undefined for anything else. */
export function toNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined;
}

/** Away from zero for `up`, towards it for `down`; as it is without a rounding. */
export function rounded(value: number, rounding: Rounding | undefined): number {
  if (rounding === undefined) return value;
  const size = Math.abs(value);
  const whole = rounding === 'up' ? Math.ceil(size) : rounding === 'down' ? Math.floor(size) : Math.floor(size + 0.5);
  return value < 0 ? -whole : whole;
}
