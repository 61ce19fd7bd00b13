import type { Ratio } from './funnel.ts';
import type { Interval } from './interval.ts';

/** What is not known; never a number that nothing stands behind. */
export const NONE = '–';

export function count(number: number): string {
  return number.toLocaleString('en');
}

export function percent(share: number, sign: 'auto' | 'exceptZero' = 'auto'): string {
  return `${decimal(share * 100, sign)} %`;
}

/** A share with what it is made of: `62 of 140 (44.3 %)`. */
export function shareText({ numerator, denominator, value }: Ratio): string {
  return `${count(numerator)} of ${count(denominator)} (${value === null ? NONE : percent(value)})`;
}

export function decimal(number: number, sign: 'auto' | 'exceptZero' = 'auto'): string {
  return number.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: sign });
}

/** Difference of two shares in percentage points: a per cent of a share would be read as relative. */
export function points(difference: number): string {
  return `${decimal(difference * 100, 'exceptZero')} points`;
}

export function pointsBetween({ lower, upper }: Interval): string {
  return `${decimal(lower * 100, 'exceptZero')} to ${decimal(upper * 100, 'exceptZero')} points`;
}

/** Without the currency's name, which the reader is told once. */
export function amount(minor: number, currency: string, sign: 'auto' | 'exceptZero' = 'auto'): string {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  return (minor / 10 ** digits).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: sign,
  });
}

export function amountBetween({ lower, upper }: Interval, currency: string): string {
  return `${amount(lower, currency, 'exceptZero')} to ${amount(upper, currency, 'exceptZero')} ${currency}`;
}

/** Names with their numbers, as they come: `price 62, no-need 20`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${name} ${count(number)}`)
    .join(', ');
}

/** Columns as wide as their widest cell, the first to the left, the others to the right, the last to the left where it is text. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = rows[0]?.length ?? 0;
  const cells = (column: number) => rows.map((row) => row[column] ?? '');
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...cells(column).map(widthOf)));
  const isText = (column: number) => column === 0 || (column === columns - 1 && cells(column).slice(1).some(isWords));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const pad = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return isText(column) ? cell + pad : pad + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

function isWords(text: string): boolean {
  return /[a-z]{2}/i.test(text);
}

function widthOf(text: string): number {
  return [...text].length;
}
