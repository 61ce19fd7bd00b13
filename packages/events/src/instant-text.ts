const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch, of a whole number or of an RFC 3339 text; undefined for anything else. */
export function parseInstant(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  // RFC 3339 allows lower case, the language's parser does not.
  const text = value.toUpperCase();
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  if (year === undefined || Number(day) > daysInMonth(Number(year), Number(month))) return undefined;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** Days since 1970-01-01, of a whole number or of a text such as `1980-05-03`; undefined for anything else. */
export function parseDay(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined;
  const midnightMs = parseInstant(`${value}T00:00:00Z`);
  return midnightMs === undefined ? undefined : midnightMs / DAY_MS;
}

const DAY_MS = 86_400_000;

/** The parser takes the 30th of February for the 2nd of March. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
