import type { EventInput } from '@holdfast/events';
import { NO_BAD_ROWS } from './bad-rows.ts';
import { DAY_MS, type Habits, HOURS, livedUsage } from './habits.ts';
import { createRandom, type Random } from './random.ts';
import { type CustomerHistory, customerIdOf, type Naming, type Recording, recordedFeed } from './recording.ts';
import { COUNTER_EXAMPLES, DAYS, PLANTED, type Play, type Story, type StoryTime } from './stories.ts';

export interface PopulationOptions {
  readonly seed: number;
  readonly customers: number;
  /** The last event is at or before it; the recording covers the 35 days up to it, ms since the epoch. */
  readonly endMs: number;
  /** Customers per story that makes a play fire, and per counter-example, as far as the number of customers allows. Default 2. */
  readonly perStory?: number;
}

/** What must become of a customer. */
export interface Truth {
  readonly customerId: string;
  readonly story: string;
  /** Plays that must fire; whether an offer follows is for holdout and contact policy. */
  readonly expected: readonly Play[];
}

export interface Population {
  readonly recording: Recording;
  /** For everybody in the recording. */
  readonly truth: readonly Truth[];
}

const ORDINARY = 'lives as usual';

/** A population with known ground truth: equal arguments give equal events. */
export function generatePopulation(options: PopulationOptions, naming: Naming): Population {
  const { seed, customers, endMs, perStory = 2 } = options;
  const time: StoryTime = { endMs, firstDayMs: Math.floor(endMs / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS };
  const told = [...PLANTED, ...COUNTER_EXAMPLES].flatMap((story) => Array.from({ length: perStory }, () => story));
  const histories: CustomerHistory[] = [];
  const truth: Truth[] = [];
  for (let index = 0; index < customers; index++) {
    const random = createRandom(`${seed}/${index}`);
    const story = told[index] ?? ordinary(random);
    const history = live(String(index), story, time, naming, random);
    histories.push(history);
    truth.push({ customerId: history.customerId, story: story.name, expected: story.expected });
  }
  const notes = [`generated: ${customers} invented customers, seed ${seed}`];
  const feed = recordedFeed('generated', naming);
  return { recording: { name: 'generated', feed, timing: 'actual', histories, badRows: NO_BAD_ROWS, notes }, truth };
}

/** Habits drawn at random, within bounds that no condition of the default policy reaches. */
function ordinary(random: Random): Story {
  const hours = [HOURS.office, HOURS.spread, HOURS.daytime][Math.floor(random() * 3)] ?? HOURS.spread;
  const habits: Habits = {
    usesPerDay: 5 + random() * 4,
    jitter: 1,
    weekendFactor: 0.85 + random() * 0.3,
    dataShare: 0.2 + random() * 0.4,
    mbPerSession: 20 + random() * 60,
    hours,
    activity: () => 1,
  };
  const cycleBeganDaysAgo = Math.floor(random() * 28);
  return { name: ORDINARY, expected: [], habits, allowanceMb: random() < 0.5 ? 30_000 : 40_000, cycleBeganDaysAgo };
}

function live(person: string, story: Story, time: StoryTime, naming: Naming, random: Random): CustomerHistory {
  const customerId = customerIdOf('gen', person, naming);
  const subscriptionId = `${customerId}-mobile`;
  const owner = { source: recordedFeed('generated', naming), customerId, subscriptionId };
  const { source } = owner;
  const began = { source, customerId, occurredAt: time.firstDayMs };
  const start: EventInput[] = [
    {
      ...began,
      type: 'CustomerRegistered',
      eventId: `registered-${customerId}`,
      birthYear: 1960 + Math.floor(random() * 40),
    },
    {
      ...began,
      type: 'SubscriptionActivated',
      eventId: `activated-${customerId}`,
      subscriptionId,
      product: 'MOBILE',
      plan: story.allowanceMb === null ? '' : `data-${story.allowanceMb}`,
      dataAllowanceMb: story.allowanceMb,
      cycleDay: cycleDayOf(time.endMs - story.cycleBeganDaysAgo * DAY_MS),
    },
  ];
  const usage = livedUsage(owner, story.habits, { firstDayMs: time.firstDayMs, days: DAYS }, random);
  const events = [...start, ...usage, ...(story.more?.(owner, time) ?? [])];
  return {
    person: customerId,
    customerId,
    subscriptionId,
    events: events.filter(({ occurredAt }) => occurredAt <= time.endMs),
  };
}

/** Cycles begin on the 1st to the 28th: on the last days of a month it is the 28th. */
function cycleDayOf(atMs: number): number {
  return Math.min(28, new Date(atMs).getUTCDate());
}
