import { describe, expect, it } from 'vitest';
import { dayReader, timeReader } from './time-format.ts';

const read = (format: string, zone: string, text: string) => {
  const ms = timeReader(format, zone)?.(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a time in a file', () => {
  it.each([
    ['yyyy-MM-dd HH:mm:ss', 'Asia/Shanghai', '2026-11-02 08:15:30', '2026-11-02T00:15:30.000Z'],
    ['yyyyMMddHHmmss', 'UTC', '20260101000000', '2026-01-01T00:00:00.000Z'],
    ['dd.MM.yy HH:mm', 'Europe/Berlin', '02.07.26 08:15', '2026-07-02T06:15:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSX", 'UTC', '2026-01-01T00:00:00.250+05:30', '2025-12-31T18:30:00.250Z'],
    ['yyyy-MM-ddTHH:mm:ssX', 'UTC', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['iso', 'Europe/Berlin', '2026-01-01T00:00:00', '2025-12-31T23:00:00.000Z'],
    ['iso', 'Europe/Berlin', '2026-01-01T00:00:00-02:00', '2026-01-01T02:00:00.000Z'],
    ['epoch-seconds', 'UTC', '1767225600.5', '2026-01-01T00:00:00.500Z'],
    ['epoch-millis', 'UTC', '1767225600001', '2026-01-01T00:00:00.001Z'],
  ])('%s in %s: %s is %s', (format, zone, text, expected) => {
    expect(read(format, zone, text)).toBe(expected);
  });

  it.each([
    ['the day the clock goes forward: behind the change', '2026-03-29 02:30', '2026-03-29T01:30:00.000Z'],
    ['the day it goes back: the first of the two', '2026-10-25 02:30', '2026-10-25T00:30:00.000Z'],
    ['the minute before a change', '2026-03-29 01:59', '2026-03-29T00:59:00.000Z'],
    ['the minute after it', '2026-03-29 03:00', '2026-03-29T01:00:00.000Z'],
  ])('on %s', (_title, text, expected) => {
    expect(read('yyyy-MM-dd HH:mm', 'Europe/Berlin', text)).toBe(expected);
  });

  it.each(['2026-02-30 00:00', '2026-13-01 00:00', '2026-01-01 24:00', '2026-01-01', 'soon', ' 2026-01-01 00:00'])(
    'is none: %s',
    (text) => {
      expect(read('yyyy-MM-dd HH:mm', 'UTC', text)).toBeUndefined();
    },
  );

  it.each([
    ['yyyy-MM', 'UTC'],
    ['HH:mm', 'UTC'],
    ['yyyy-MM-dd hh:mm', 'UTC'],
    ['yyyy-MM-dd', 'Europe/Berlni'],
  ])('has no format %s in %s', (format, zone) => {
    expect(timeReader(format, zone)).toBeUndefined();
  });

  it('can be a day alone', () => {
    expect(dayReader('yyyyMMdd')?.('19700103')).toBe(2);
    expect(dayReader('dd/MM/yyyy')?.('31/12/1969')).toBe(-1);
  });
});
