import type { EventInput } from '@holdfast/events';
import { type Random, weightedIndex } from './random.ts';

/** How somebody uses the network. */
export interface Habits {
  /** Uses on a working day, before `jitter`. */
  readonly usesPerDay: number;
  /** Up to so many uses more or fewer, day by day. */
  readonly jitter: number;
  /** Uses on a Saturday or Sunday relative to a working day. */
  readonly weekendFactor: number;
  /** Share of the uses that are data; two thirds of the rest are calls. */
  readonly dataShare: number;
  readonly mbPerSession: number;
  /** Weight of each hour of the day, 0 to 23, UTC. */
  readonly hours: readonly number[];
  /** How active the customer is on a day of the recording, relative to his habit; 0 is silence. */
  readonly activity: (day: number) => number;
}

export interface Owner {
  readonly source: string;
  readonly customerId: string;
  readonly subscriptionId: string;
}

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const CALL_SHARE = 2 / 3;

/** Shapes of a day. */
export const HOURS = {
  office: [0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 9, 8, 7, 9, 10, 9, 8, 6, 4, 3, 2, 1, 1, 0],
  daytime: [0, 0, 0, 0, 0, 0, 0, 0, 5, 8, 9, 8, 8, 9, 8, 8, 9, 8, 5, 0, 0, 0, 0, 0],
  evening: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 9, 10, 7, 3],
  spread: [1, 0, 0, 0, 0, 1, 2, 4, 5, 5, 5, 6, 7, 6, 5, 5, 6, 7, 8, 8, 7, 6, 4, 2],
} as const;

/** Usage from `firstDay` (UTC midnight, ms) for `days` days, in order of time. Day numbers count from 0. */
export function livedUsage(
  owner: Owner,
  habits: Habits,
  { firstDayMs, days }: { readonly firstDayMs: number; readonly days: number },
  random: Random,
): EventInput[] {
  const events: EventInput[] = [];
  let owed = 0;
  for (let day = 0; day < days; day++) {
    const midnightMs = firstDayMs + day * DAY_MS;
    owed += usesOn(habits, day, midnightMs, random);
    const hours = Array.from({ length: Math.floor(owed) }, () => weightedIndex(habits.hours, random()));
    owed -= hours.length;
    const times = hours
      .map((hour) => midnightMs + hour * HOUR_MS + Math.floor(random() * HOUR_MS))
      .sort((a, b) => a - b);
    for (const [index, occurredAt] of times.entries()) {
      events.push({
        ...owner,
        ...useOf(habits, random),
        eventId: `use-${owner.customerId}-${day}-${index}`,
        occurredAt,
        localHour: hourOf(occurredAt),
      });
    }
  }
  return events;
}

export function hourOf(atMs: number): number {
  return Math.floor((atMs % DAY_MS) / HOUR_MS);
}

function usesOn(habits: Habits, day: number, midnightMs: number, random: Random): number {
  const weekday = new Date(midnightMs).getUTCDay();
  const factor = weekday === 0 || weekday === 6 ? habits.weekendFactor : 1;
  const activity = habits.activity(day);
  const jitter = activity === 0 ? 0 : (random() * 2 - 1) * habits.jitter;
  return Math.max(0, habits.usesPerDay * factor * activity + jitter);
}

function useOf({ dataShare, mbPerSession }: Habits, random: Random) {
  const type = 'UsageRecorded' as const;
  const place = random();
  if (place < dataShare)
    return { type, kind: 'DATA', quantityMb: Math.round(mbPerSession * (0.5 + random()) * 10) / 10 } as const;
  const isCall = (place - dataShare) / (1 - dataShare) < CALL_SHARE;
  const direction = random() < 0.5 ? 'OUTGOING' : 'INCOMING';
  if (!isCall) return { type, kind: 'SMS', direction } as const;
  return { type, kind: 'VOICE', direction, durationSeconds: 10 + Math.floor(random() * 300) } as const;
}
