import { parseDuration } from '@holdfast/policy';

/** The calendar of one test: `day 1` is its start. */
export interface TestTime {
  /**
   * `day 3`, `day 3 10:00`, `2026-02-03 10:00`, `2026-02-03T10:00:00Z`, or `+2h` after the time before; undefined for
   * what is none. Without a zone of its own a time is in that of the test.
   */
  parse(text: string, beforeMs: number): number | undefined;
  /** As `day 3 10:00`, with seconds where they are not zero. */
  write(ms: number): string;
}

const DAY = /^day (\d{1,4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?$/;

export function createTestTime(start: Temporal.PlainDate, timeZone: string): TestTime {
  const instantOf = (date: Temporal.PlainDate, clock: string): number =>
    date.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(clock.padStart(5, '0')) }).epochMilliseconds;
  return {
    parse(text, beforeMs) {
      if (text.startsWith('+')) {
        const afterMs = parseDuration(text.slice(1));
        return afterMs === undefined ? undefined : beforeMs + afterMs;
      }
      return valid(() => {
        const [, day, clock = '00:00'] = DAY.exec(text) ?? [];
        if (day !== undefined) return instantOf(start.add({ days: Number(day) - 1 }), clock);
        if (!LOCAL.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
        return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(timeZone).epochMilliseconds;
      });
    },
    write(ms) {
      const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
      const day = start.until(local.toPlainDate(), { largestUnit: 'days' }).days + 1;
      const hasSeconds = local.second !== 0 || local.millisecond !== 0;
      return `day ${day} ${local.toPlainTime().toString({ smallestUnit: hasSeconds ? 'second' : 'minute' })}`;
    },
  };
}

/** Undefined for a zone that nobody knows, or a text that is no date. */
export function testTimeOf(startText: string, timeZone: string): TestTime | undefined {
  return valid(() => {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return createTestTime(Temporal.PlainDate.from(startText), timeZone);
  });
}

function valid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
