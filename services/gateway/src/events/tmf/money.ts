import { MappingError } from './mapped.ts';

export interface Money {
  readonly unit?: string | undefined;
  readonly value?: number | undefined;
}

export interface MinorAmount {
  readonly amountMinor: number;
  readonly currency: string;
}

interface Placed {
  readonly money: Money;
  readonly path: string;
}

const NO_AMOUNT: MinorAmount = { amountMinor: 0, currency: '' };

/** The sum of amounts of one currency, rounded to its minor unit; nothing without amounts. */
export function sumMinor(amounts: readonly Placed[]): MinorAmount {
  const [first] = amounts;
  if (first === undefined) return NO_AMOUNT;
  const currency = currencyOf(first);
  const other = amounts.find((amount) => currencyOf(amount) !== currency);
  if (other !== undefined) {
    const fix = 'Send amounts of one currency together.';
    throw new MappingError('contradiction', `${other.path}.unit`, 'is another currency than before', fix);
  }
  const sum = amounts.reduce((total, amount) => total + majorOf(amount), 0);
  // Fifteen digits are what a double holds for certain: 1.005 × 100 is to be 100.5.
  const amountMinor = Math.round(Number((sum * 10 ** minorDigits(currency)).toPrecision(15)));
  return { amountMinor, currency };
}

function currencyOf({ money, path }: Placed): string {
  const { unit } = money;
  if (unit !== undefined && /^[A-Z]{3}$/.test(unit)) return unit;
  const code = unit === undefined ? 'missing' : 'invalid';
  throw new MappingError(code, `${path}.unit`, 'is no currency', 'Send its code of ISO 4217, such as "EUR".');
}

function majorOf({ money, path }: Placed): number {
  if (money.value !== undefined) return money.value;
  throw new MappingError('missing', `${path}.value`, 'is missing', 'Send the amount as a number.');
}

const DIGITS = new Map<string, number>();

/** Two for most, none for JPY, three for KWD. */
function minorDigits(currency: string): number {
  const known = DIGITS.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  DIGITS.set(currency, digits);
  return digits;
}
