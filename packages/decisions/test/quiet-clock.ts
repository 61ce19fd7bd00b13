import type { CompiledPolicy, QuietRule } from '@holdfast/policy';
import type { Locality } from '../src/locality.ts';

/**
 * Whether a channel is quiet, read off the clock on the wall at this one moment: told without spans, so that it may judge
 * those who work with them.
 */
export function isQuietByTheClock(
  policy: Pick<CompiledPolicy, 'contactPolicy' | 'calendars'>,
  channel: string,
  { timeZone, calendar }: Locality,
  atMs: number,
): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  const minute = local.hour * 60 + local.minute;
  const today = local.toPlainDate();
  const yesterday = today.subtract({ days: 1 });
  const holdsOn = (rule: QuietRule, day: Temporal.PlainDate): boolean => {
    const isHoliday = policy.calendars.get(calendar)?.has(day.toString()) ?? false;
    const isOfCalendar = rule.holidays === 'any' || (rule.holidays === 'only' ? isHoliday : !isHoliday);
    return isOfCalendar && rule.days.includes(day.dayOfWeek);
  };
  return policy.contactPolicy.quietHours.some((rule) => {
    if (!rule.channels.includes(channel)) return false;
    const { startMinute, endMinute } = rule;
    if (startMinute < endMinute) return holdsOn(rule, today) && minute >= startMinute && minute < endMinute;
    return (holdsOn(rule, today) && minute >= startMinute) || (holdsOn(rule, yesterday) && minute < endMinute);
  });
}
