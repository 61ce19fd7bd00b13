const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `15m`, `72h`, `7d` in ms; undefined when it is no duration. Units: ms s m h d w. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** As an author writes it, in the largest unit that leaves no rest: `3d`, `90m`. */
export function durationText(ms: number): string {
  const units = Object.entries(UNIT_MS).filter(([unit, unitMs]) => unit !== 'w' && ms % unitMs === 0);
  const [unit, unitMs] = units.at(-1) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
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

const MINUTE_MS = 60_000;

/** `09:30` as ms since midnight; undefined for what is no time of the day. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? undefined : (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
}

/** A calendar day `2026-10-01`; undefined for what is none. */
export function parseDay(text: string): Temporal.PlainDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    // The 31st of February: Temporal has no way of asking first.
    return undefined;
  }
}

/** Nobody has longer holidays. */
const MAX_DAYS = 400;

/** The day `2026-10-01`, or all from one to another, `2026-10-01..2026-10-07`; undefined for what is neither. */
export function parseDays(text: string): readonly string[] | undefined {
  const [first = '', last = first, ...rest] = text.split('..');
  const [from, until] = [parseDay(first), parseDay(last)];
  if (from === undefined || until === undefined || rest.length > 0) return undefined;
  const count = from.until(until, { largestUnit: 'days' }).days + 1;
  if (count < 1 || count > MAX_DAYS) return undefined;
  return Array.from({ length: count }, (_, index) => from.add({ days: index }).toString());
}

/** Whether the name is an IANA time zone that this release knows. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name.length > 64 || !/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Midnight with which a day begins in a time zone, ms since the epoch. */
export function startOfDay(day: Temporal.PlainDate, timeZone: string): number {
  return day.toZonedDateTime(timeZone).epochMilliseconds;
}
