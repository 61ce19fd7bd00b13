import type { EventInput } from '@holdfast/events';
import { DAY_MS, type Habits, HOURS, hourOf, type Owner } from './habits.ts';

/** The plays of the default policy, by their triggers. */
export const PLAYS = [
  'bundle_running_out',
  'usage_halved',
  'gone_quiet',
  'suspension_requested',
  'failed_calls',
  'home_broadband',
] as const;
export type Play = (typeof PLAYS)[number];

/** Days of a generated recording; the last one is today and incomplete. */
export const DAYS = 35;

export interface StoryTime {
  /** UTC midnight of day 0. */
  readonly firstDayMs: number;
  /** The end of the recording. */
  readonly endMs: number;
}

/** What a customer lives through, and what Holdfast must make of it. */
export interface Story {
  readonly name: string;
  /** The plays that must fire for this customer; none for a counter-example. */
  readonly expected: readonly Play[];
  readonly habits: Habits;
  /** MB a cycle; null is not told. */
  readonly allowanceMb: number | null;
  /** Days before the end on which the billing cycle began. */
  readonly cycleBeganDaysAgo: number;
  /** What happens besides ordinary usage. */
  readonly more?: (owner: Owner, time: StoryTime) => readonly EventInput[];
}

/** Six uses a day, whatever the day, without data: far from every condition. */
export const STEADY: Habits = {
  usesPerDay: 6,
  jitter: 0,
  weekendFactor: 1,
  dataShare: 0,
  mbPerSession: 0,
  hours: HOURS.spread,
  activity: () => 1,
};

const quiet =
  (from: number, to = DAYS) =>
  (day: number) =>
    day >= from && day < to ? 0 : 1;
const plain = { habits: STEADY, allowanceMb: null, cycleBeganDaysAgo: 10 };
/** Every second day: nobody's usage can be said to have halved. */
const RARE: Habits = { ...STEADY, usesPerDay: 0.5 };

/** One customer each, for whom exactly one play must fire. */
export const PLANTED: readonly Story[] = [
  {
    ...plain,
    name: 'uses up the bundle in ten days',
    expected: ['bundle_running_out'],
    allowanceMb: 10_000,
    cycleBeganDaysAgo: 14,
    more: dataFrom({ fromDay: 21, days: 10, mbPerDay: 900 }),
  },
  {
    ...plain,
    name: 'uses a third of what he used to',
    expected: ['usage_halved'],
    habits: { ...STEADY, activity: (day) => (day >= 26 ? 1 / 3 : 1) },
  },
  {
    ...plain,
    name: 'has not been seen for eight days',
    expected: ['gone_quiet'],
    habits: { ...STEADY, activity: quiet(26) },
  },
  { ...plain, name: 'asks for a suspension', expected: ['suspension_requested'], more: suspensionAsked },
  {
    ...plain,
    name: 'cannot get calls through',
    expected: ['failed_calls'],
    more: failedCalls({ everyHours: 12, count: 6 }),
  },
  {
    ...plain,
    name: 'uses mobile data at home in the evening',
    expected: ['home_broadband'],
    more: dataFrom({ fromDay: 5, days: 25, mbPerDay: 1_000, hour: 21 }),
  },
];

/** One customer each, who comes near a play without giving a reason for it. */
export const COUNTER_EXAMPLES: readonly Story[] = [
  {
    ...plain,
    name: 'uses seventy percent of the bundle',
    expected: [],
    allowanceMb: 10_000,
    cycleBeganDaysAgo: 14,
    more: dataFrom({ fromDay: 21, days: 10, mbPerDay: 700 }),
  },
  {
    ...plain,
    name: 'has a bundle nobody told the size of',
    expected: [],
    cycleBeganDaysAgo: 14,
    more: dataFrom({ fromDay: 21, days: 10, mbPerDay: 900 }),
  },
  {
    ...plain,
    name: 'uses seven tenths of what he used to',
    expected: [],
    habits: { ...STEADY, usesPerDay: 10, activity: (day) => (day >= 26 ? 0.7 : 1) },
  },
  { ...plain, name: 'was away for a few days', expected: [], habits: { ...RARE, activity: quiet(26, 29) } },
  {
    ...plain,
    name: 'is silent because the line is suspended',
    expected: [],
    habits: { ...STEADY, activity: quiet(26) },
    more: (owner, time) => [
      {
        ...owner,
        type: 'SubscriptionSuspended',
        eventId: `suspended-${owner.customerId}`,
        occurredAt: time.firstDayMs + 26 * DAY_MS,
        cause: 'OVERDUE',
      },
    ],
  },
  { ...plain, name: 'has four calls fail', expected: [], more: failedCalls({ everyHours: 12, count: 4 }) },
  { ...plain, name: 'has a call fail every fourth day', expected: [], more: failedCalls({ everyHours: 96, count: 7 }) },
  {
    ...plain,
    name: 'has broadband already',
    expected: [],
    more: (owner, time) => [
      ...dataFrom({ fromDay: 5, days: 25, mbPerDay: 1_000, hour: 21 })(owner, time),
      {
        ...owner,
        type: 'SubscriptionActivated',
        eventId: `broadband-${owner.customerId}`,
        occurredAt: time.firstDayMs,
        subscriptionId: `${owner.customerId}-broadband`,
        product: 'BROADBAND',
        plan: 'fibre',
      },
    ],
  },
  {
    ...plain,
    name: 'uses mobile data at noon',
    expected: [],
    more: dataFrom({ fromDay: 5, days: 25, mbPerDay: 1_000, hour: 12 }),
  },
];

interface DailyData {
  readonly fromDay: number;
  readonly days: number;
  readonly mbPerDay: number;
  readonly hour?: number;
}

function dataFrom({ fromDay, days, mbPerDay, hour = 13 }: DailyData): NonNullable<Story['more']> {
  return (owner, { firstDayMs }) =>
    Array.from({ length: days }, (_, index): EventInput => {
      const occurredAt = firstDayMs + (fromDay + index) * DAY_MS + hour * 3_600_000 + 600_000;
      const eventId = `data-${owner.customerId}-${index}`;
      return {
        ...owner,
        type: 'UsageRecorded',
        kind: 'DATA',
        quantityMb: mbPerDay,
        eventId,
        occurredAt,
        localHour: hour,
      };
    });
}

function failedCalls({
  everyHours,
  count,
}: {
  readonly everyHours: number;
  readonly count: number;
}): NonNullable<Story['more']> {
  return (owner, { endMs }) =>
    Array.from({ length: count }, (_, index): EventInput => {
      const occurredAt = endMs - (count - index) * everyHours * 3_600_000;
      const eventId = `failed-${owner.customerId}-${index}`;
      return {
        ...owner,
        type: 'UsageRecorded',
        kind: 'VOICE',
        failed: true,
        eventId,
        occurredAt,
        localHour: hourOf(occurredAt),
      };
    });
}

function suspensionAsked(owner: Owner, { endMs }: StoryTime): readonly EventInput[] {
  const requestId = `suspension-${owner.customerId}`;
  const occurredAt = endMs - 3_600_000;
  return [
    { ...owner, type: 'SuspensionRequested', eventId: requestId, requestId, occurredAt, reason: 'too expensive' },
  ];
}
