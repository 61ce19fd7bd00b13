import { knownZone } from '@holdfast/decisions';
import type { Schedule } from '@holdfast/policy';

/** A day for which a trigger waits. */
export interface CustomerDay {
  /** The day itself, `2026-05-03`; it is due so long before. */
  readonly date: string;
  readonly dueMs: number;
}

/** A moment in a customer's time zone. */
export interface LocalMoment {
  /** Of a day that is written as such, midnight in UTC. */
  readonly sinceMs: number;
  /** The same day wherever he is, like a birthday. */
  readonly isDate?: boolean;
  /** IANA. */
  readonly timeZone: string;
}

type DueTime = Pick<Schedule, 'beforeMs' | 'atMs'>;

/** Works out days fast: nearly every event asks for the same as the one before. */
export interface CustomerDays {
  /** The first anniversary that is due at `fromMs` or later, from the first year on. */
  anniversary(since: LocalMoment, schedule: DueTime, fromMs: number): CustomerDay;
  /** The day of the moment itself. */
  day(moment: LocalMoment, schedule: DueTime): CustomerDay;
}

/** Days in use at once; beyond it the table starts afresh. */
const MAX_DAYS = 20_000;
const DAY_MS = 86_400_000;
const YEAR_MS = 365.2425 * DAY_MS;

export function createCustomerDays(): CustomerDays {
  const known = new Map<string, CustomerDay>();
  const inYear = (since: LocalMoment, schedule: DueTime, years: number): CustomerDay => {
    const key = `${since.sinceMs}|${since.isDate ?? false}|${since.timeZone}|${schedule.beforeMs}|${schedule.atMs}|${years}`;
    const found = known.get(key);
    if (found) return found;
    if (known.size >= MAX_DAYS) known.clear();
    const day = dayAfter(since, schedule, years);
    known.set(key, day);
    return day;
  };
  return {
    anniversary(since, schedule, fromMs) {
      // A year early at the most: leap days and zones move a day by less.
      const passed = Math.floor((fromMs + schedule.beforeMs - since.sinceMs) / YEAR_MS) - 1;
      let years = Math.max(1, passed);
      while (inYear(since, schedule, years).dueMs < fromMs) years += 1;
      return inYear(since, schedule, years);
    },
    day: (moment, schedule) => inYear(moment, schedule, 0),
  };
}

/** The 29th of February has its anniversary on the 28th in other years. */
function dayAfter({ sinceMs, isDate, timeZone }: LocalMoment, { beforeMs, atMs }: DueTime, years: number): CustomerDay {
  const zone = knownZone(timeZone);
  const local = Temporal.Instant.fromEpochMilliseconds(sinceMs)
    .toZonedDateTimeISO(isDate ? 'UTC' : zone)
    .toPlainDate();
  const date = local.add({ years });
  const plainTime = Temporal.PlainTime.from('00:00').add({ milliseconds: atMs });
  const due = date.subtract({ days: Math.round(beforeMs / DAY_MS) }).toZonedDateTime({ timeZone: zone, plainTime });
  return { date: date.toString(), dueMs: due.epochMilliseconds };
}
