import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2026-11-22T10:00:00Z`, or how long ago: `90s`, `30m`, `2h`, `3d`. Undefined when it is neither. */
export function parseTime(text: string, nowMs: number): number | undefined {
  const agoMs = parseSpan(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** `90s`, `30m`, `2h`, `3d` in ms; undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? 0);
}

/** The value of an option that is a time, ms since the epoch. Throws `InvalidArgumentError` for anything else. */
export function timeOption(text: string): number {
  const ms = parseTime(text, Date.now());
  if (ms === undefined) throw new InvalidArgumentError('a time like 2026-11-22T10:00:00Z or 2h is expected.');
  return ms;
}

/** The value of an option that is a span, ms. Throws `InvalidArgumentError` for anything else. */
export function spanOption(text: string): number {
  const ms = parseSpan(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('a span like 12h or 90d is expected.');
  return ms;
}
