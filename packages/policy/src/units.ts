const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `15m`, `72h`, `7d` in ms; undefined when it is no duration. Units: ms s m h d w. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Digits after the point of a currency (ISO 4217); undefined for what is no currency code. */
export function currencyDigits(currency: string): number | undefined {
  if (!/^[A-Z]{3}$/.test(currency)) return undefined;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits;
}

/** Amount written in the major unit, in minor units; undefined when it has more digits than the currency. */
export function toMinor(amount: number, digits: number): number | undefined {
  const minor = amount * 10 ** digits;
  const whole = Math.round(minor);
  return Math.abs(minor - whole) > 1e-6 || !Number.isSafeInteger(whole) ? undefined : whole;
}
