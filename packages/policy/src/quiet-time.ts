import type { QuietRule } from './contact-model.ts';

const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

type Minutes = Pick<QuietRule, 'startMinute' | 'endMinute'>;

/** From one minute of the day to another, `0…1440` each; undefined for no time at all. */
export function minutesBetween(from: number, to: number): Minutes | undefined {
  if (from === to) return undefined;
  return { startMinute: from % DAY_MINUTES, endMinute: to === 0 ? DAY_MINUTES : to };
}

/** Whether rules that hold on holidays as on other days leave no minute of the week to a channel. */
export function isAlwaysQuiet(channel: string, rules: readonly QuietRule[]): boolean {
  const spans = rules
    .filter((rule) => rule.channels.includes(channel) && rule.holidays === 'any')
    .flatMap(spansOfWeek)
    .sort((a, b) => a.from - b.from);
  let quietUntil = 0;
  for (const { from, until } of spans) {
    if (from > quietUntil) return false;
    quietUntil = Math.max(quietUntil, until);
  }
  return quietUntil >= WEEK_MINUTES;
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** Minutes since Monday; what goes on beyond Sunday is quiet at the beginning of the week. */
function spansOfWeek({ days, startMinute, endMinute }: QuietRule): readonly Span[] {
  return days.flatMap((day) => {
    const midnight = (day - 1) * DAY_MINUTES;
    const until = midnight + endMinute + (endMinute <= startMinute ? DAY_MINUTES : 0);
    const over = until - WEEK_MINUTES;
    return [{ from: midnight + startMinute, until }, ...(over > 0 ? [{ from: 0, until: over }] : [])];
  });
}
