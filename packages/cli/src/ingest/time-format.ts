/** Milliseconds since the epoch, of a text; undefined for one that is not in the format. */
export type TimeReader = (text: string) => number | undefined;

const PARTS: Readonly<Record<string, string>> = {
  yyyy: '\\d{4}',
  yy: '\\d{2}',
  MM: '\\d{2}',
  dd: '\\d{2}',
  HH: '\\d{2}',
  mm: '\\d{2}',
  ss: '\\d{2}',
  SSS: '\\d{3}',
  X: 'Z|[+-]\\d{2}(?::?\\d{2})?',
};
const EPOCH_UNITS_MS: Readonly<Record<string, number>> = { 'epoch-seconds': 1_000, 'epoch-millis': 1 };
const TOKEN = /'([^']*)'|([a-zA-Z])\2*|[^a-zA-Z']/g;

/** For messages. */
export const TIME_FORMATS = `iso, epoch-seconds, epoch-millis or a pattern of ${Object.keys(PARTS).join(' ')}`;

/**
 * A reader of times: `iso` (RFC 3339, or without an offset), `epoch-seconds`, `epoch-millis`, or a pattern such as
 * `yyyy-MM-dd HH:mm:ss`, with letters that stand for themselves in quotes. Times without an offset are wall-clock times of
 * the zone: one that a clock change repeats is the first, one that it leaves out is as far behind the change.
 * Undefined for a format that is none, or a zone nobody knows.
 */
export function timeReader(format: string, timeZone: string): TimeReader | undefined {
  if (!isTimeZone(timeZone)) return undefined;
  const toInstant = wallClock(timeZone);
  const unitMs = EPOCH_UNITS_MS[format];
  if (unitMs !== undefined) return (text) => epoch(text, unitMs);
  if (format === 'iso') return (text) => isoTime(text, timeZone);
  const pattern = compile(format);
  return pattern && ((text) => read(text, pattern, toInstant));
}

/** A reader of calendar days, answering days since 1970-01-01; undefined for a format that names no day. */
export function dayReader(format: string): TimeReader | undefined {
  const reader = timeReader(format, 'UTC');
  return (
    reader &&
    ((text) => {
      const ms = reader(text);
      return ms === undefined ? undefined : Math.floor(ms / DAY_MS);
    })
  );
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function epoch(text: string, unitMs: number): number | undefined {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * unitMs) : undefined;
}

function isoTime(text: string, timeZone: string): number | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    // Without an offset.
  }
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch {
    return undefined;
  }
}

interface Pattern {
  readonly expression: RegExp;
  readonly parts: readonly string[];
}

function compile(format: string): Pattern | undefined {
  const parts: string[] = [];
  let source = '';
  for (const [token, quoted] of format.matchAll(TOKEN)) {
    const part = PARTS[token];
    if (part !== undefined) parts.push(token);
    else if (quoted === undefined && /[a-zA-Z]/.test(token) && token !== 'T') return undefined;
    source += part === undefined ? (quoted ?? token).replace(/[^\w\s]/g, '\\$&') : `(${part})`;
  }
  const hasDay = (parts.includes('yyyy') || parts.includes('yy')) && parts.includes('MM') && parts.includes('dd');
  return hasDay ? { expression: new RegExp(`^${source}$`), parts } : undefined;
}

function read(text: string, { expression, parts }: Pattern, toInstant: (localMs: number) => number) {
  const found = expression.exec(text);
  if (found === null) return undefined;
  const numbers: Record<string, number> = { MM: 0, dd: 0, HH: 0, mm: 0, ss: 0, SSS: 0 };
  let offset: string | undefined;
  for (const [index, part] of parts.entries()) {
    const digits = found[index + 1] ?? '';
    if (part === 'X') offset = digits;
    else numbers[part] = Number(digits);
  }
  const { MM = 0, dd = 0, HH = 0, mm = 0, ss = 0, SSS = 0 } = numbers;
  const year = numbers.yyyy ?? 2_000 + (numbers.yy ?? 0);
  const localMs = Date.UTC(year, MM - 1, dd, HH, mm, ss, SSS);
  if (HH > 23 || mm > 59 || ss > 59 || !isDay(localMs, MM, dd)) return undefined;
  return offset === undefined ? toInstant(localMs) : localMs - offsetMs(offset);
}

/** The language takes the 30th of February for the 2nd of March. */
function isDay(localMs: number, month: number, day: number): boolean {
  const date = new Date(localMs);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function offsetMs(text: string): number {
  if (text === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
}

/** A file of a day has 1,440 minutes; one of a year is read in order. */
const MAX_REMEMBERED = 5_000;

/** Asking the zone for each row would take longer than the rest of it; clocks change at whole minutes. */
function wallClock(timeZone: string): (localMs: number) => number {
  if (timeZone === 'UTC') return (localMs) => localMs;
  const offsets = new Map<number, number>();
  return (localMs) => {
    const minute = Math.floor(localMs / MINUTE_MS);
    let offset = offsets.get(minute);
    if (offset === undefined) {
      const localMinuteMs = minute * MINUTE_MS;
      const local = Temporal.Instant.fromEpochMilliseconds(localMinuteMs).toZonedDateTimeISO('UTC').toPlainDateTime();
      offset = localMinuteMs - local.toZonedDateTime(timeZone).epochMilliseconds;
      if (offsets.size >= MAX_REMEMBERED) offsets.clear();
      offsets.set(minute, offset);
    }
    return localMs - offset;
  };
}
