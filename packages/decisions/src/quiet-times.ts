import type { CompiledPolicy, QuietRule } from '@holdfast/policy';
import type { Locality } from './locality.ts';
import { remembered } from './remembered.ts';

/** When a channel is quiet for customers of one locality. Times in ms since the epoch. */
export interface QuietTimes {
  /** The quiet that holds at a time, `endMs` being the first moment after it; undefined when none does. */
  quietAt(atMs: number): Quiet | undefined;
  /** Where the next quiet begins, in `(afterMs, untilMs]`; undefined when there is none. */
  nextQuiet(afterMs: number, untilMs: number): number | undefined;
}

export interface Quiet {
  readonly endMs: number;
  /** Some rule that holds drops instead of deferring. */
  readonly isDropped: boolean;
}

type QuietPolicy = Pick<CompiledPolicy, 'contactPolicy' | 'calendars'>;

interface QuietSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly isDropped: boolean;
}

const DAY_MS = 86_400_000;
const EPOCH = Temporal.PlainDate.from('1970-01-01');
/** A zone is at most a day away from UTC, and a quiet time that holds today may have begun on the day before. */
const DAYS_BACK = 2;
const DAYS_AHEAD = 1;
/** Decisions are about the next days: older ones are worked out anew when asked for. */
const REMEMBERED_DAYS = 32;

const NEVER_QUIET: QuietTimes = { quietAt: () => undefined, nextQuiet: () => undefined };

const REMEMBERED = new WeakMap<QuietPolicy, Map<string, QuietTimes>>();

/** Worked out once per policy, channel and locality. */
export function quietTimesOf(policy: QuietPolicy, channel: string, locality: Locality): QuietTimes {
  if (policy.contactPolicy.quietHours.length === 0) return NEVER_QUIET;
  const times = remembered(REMEMBERED, policy, () => new Map<string, QuietTimes>());
  return remembered(times, `${channel}|${locality.timeZone}|${locality.calendar}`, () => {
    const rules = policy.contactPolicy.quietHours.filter(({ channels }) => channels.includes(channel));
    return rules.length === 0 ? NEVER_QUIET : createQuietTimes(rules, locality, policy.calendars);
  });
}

/** Spans are worked out day by day, so that a decision compares numbers and asks no calendar. */
function createQuietTimes(
  rules: readonly QuietRule[],
  { timeZone, calendar }: Locality,
  calendars: QuietPolicy['calendars'],
): QuietTimes {
  const holidays = calendars.get(calendar);
  const days = new Map<number, readonly QuietSpan[]>();

  function spansOn(day: number): readonly QuietSpan[] {
    if (days.size >= REMEMBERED_DAYS && !days.has(day)) days.clear();
    return remembered(days, day, () => {
      const date = EPOCH.add({ days: day });
      const holding = rules.filter((rule) => isHolding(rule, date, holidays));
      return holding.map((rule) => spanOf(rule, date, timeZone));
    });
  }

  return {
    quietAt(atMs) {
      const today = Math.floor(atMs / DAY_MS);
      let endMs = atMs;
      let isDropped = false;
      for (let day = today - DAYS_BACK; day <= today + DAYS_AHEAD; day += 1) {
        for (const span of spansOn(day)) {
          if (atMs < span.startMs || atMs >= span.endMs) continue;
          endMs = Math.max(endMs, span.endMs);
          isDropped ||= span.isDropped;
        }
      }
      return endMs > atMs ? { endMs, isDropped } : undefined;
    },
    nextQuiet(afterMs, untilMs) {
      const lastDay = Math.floor(untilMs / DAY_MS) + DAYS_AHEAD;
      for (let day = Math.floor(afterMs / DAY_MS) - DAYS_BACK; day <= lastDay; day += 1) {
        const next = firstStart(spansOn(day), afterMs, untilMs);
        // A later day of the calendar begins no earlier, but for a clock that is set back over midnight.
        if (next !== undefined) return Math.min(next, firstStart(spansOn(day + 1), afterMs, untilMs) ?? next);
      }
      return undefined;
    },
  };
}

function firstStart(spans: readonly QuietSpan[], afterMs: number, untilMs: number): number | undefined {
  let first: number | undefined;
  for (const { startMs } of spans) {
    if (startMs > afterMs && startMs <= untilMs && (first === undefined || startMs < first)) first = startMs;
  }
  return first;
}

function isHolding(rule: QuietRule, date: Temporal.PlainDate, holidays: ReadonlySet<string> | undefined): boolean {
  if (!rule.days.includes(date.dayOfWeek)) return false;
  if (rule.holidays === 'any') return true;
  const isHoliday = holidays?.has(date.toString()) ?? false;
  return isHoliday === (rule.holidays === 'only');
}

/** Where the clock shows a time twice, or never, the span takes all of it: rather too long than a call at night. */
function spanOf(rule: QuietRule, date: Temporal.PlainDate, timeZone: string): QuietSpan {
  const endDate = rule.endMinute <= rule.startMinute ? date.add({ days: 1 }) : date;
  return {
    startMs: clockTime(date, rule.startMinute, timeZone, 'earlier'),
    endMs: clockTime(endDate, rule.endMinute, timeZone, 'later'),
    isDropped: rule.otherwise === 'drop',
  };
}

function clockTime(
  date: Temporal.PlainDate,
  minute: number,
  timeZone: string,
  disambiguation: 'earlier' | 'later',
): number {
  const local = date.toPlainDateTime().add({ minutes: minute });
  return local.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
}
