import { type Cell, type DayRange, dayAfter, inRange } from './cell.ts';
import { count, countsText, shareText } from './figure-text.ts';
import type { Ratio } from './funnel.ts';
import { detailsOf, ratio } from './funnel.ts';

/** What became of follow-ups: what was done with them in these days, whenever they were opened. */
export interface FollowUpReport {
  readonly range: DayRange;
  readonly asOf: string;
  readonly opened: number;
  /** Each time one was ended by somebody: one that was opened again may be twice. */
  readonly finished: number;
  /** Of those that were finished. */
  readonly inTime: Ratio;
  /** Their deadline passed before anybody ended them. */
  readonly escalated: number;
  readonly reopened: number;
  /** Nobody ended them. */
  readonly expired: number;
  /** How those that were finished ended, the most frequent first. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Those that were still to be done at the end of the range, whenever they were opened. */
  readonly left: number;
}

/** `cells` are those of all follow-ups, from the first day on: what is left follows from all of them. */
export function followUpReportOf(
  cells: readonly Cell[],
  { range, asOf }: { readonly range: DayRange; readonly asOf: string },
): FollowUpReport {
  const { opened, finished, in_time, escalated, reopened, expired } = workOf(inRange(cells, range));
  const all = workOf(cells.filter(({ day }) => day < range.to));
  return {
    range,
    asOf,
    opened,
    finished,
    inTime: ratio(in_time, finished, 'ended within their deadline of those that were ended'),
    escalated,
    reopened,
    expired,
    outcomes: detailsOf(inRange(cells, range), 'ended:'),
    left: all.opened + all.reopened - all.finished - all.expired,
  };
}

/** The report in lines, for people. */
export function describeFollowUps(report: FollowUpReport): string {
  const { range, asOf, opened, finished, inTime, escalated, reopened, expired, outcomes, left } = report;
  const ended = countsText(outcomes);
  return `${[
    `follow-ups, days ${range.from} to ${dayAfter(range.to, -1)}, as of ${asOf}`,
    '  what was done in these days, whenever they were opened',
    `opened    ${count(opened)}, opened again ${count(reopened)}`,
    `ended     ${count(finished)}${ended === '' ? '' : `: ${ended}`}`,
    `in time   ${shareText(inTime)} ${inTime.of}`,
    `late      ${count(escalated)} passed their deadline, ${count(expired)} expired`,
    `left      ${count(left)} to be done at the end of these days`,
  ].join('\n')}\n`;
}

type Work = Readonly<Record<'opened' | 'finished' | 'in_time' | 'escalated' | 'reopened' | 'expired', number>>;

function workOf(cells: readonly Cell[]): Work {
  const none = { opened: 0, finished: 0, in_time: 0, escalated: 0, reopened: 0, expired: 0 };
  return { ...none, ...detailsOf(cells, 'work:') };
}
