import type { EvidenceItem } from '@holdfast/policy';

/** Values behind a condition, where it has any. */
export function valuesText(values: EvidenceItem['values']): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${valueText(value)}`);
  return told.length === 0 ? '' : ` with ${told.join(', ')}`;
}

/** Up to three decimals. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'unknown';
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** In the largest unit that it is a whole number of. */
export function lengthOf(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
