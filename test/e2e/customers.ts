import type { CustomerLogEventType, EventInput } from '@holdfast/events';

/** Events of made-up customers, each a story with one play in mind. Times count back from `now`. */

export type StoryEvent = EventInput<CustomerLogEventType>;

export interface Story {
  readonly customerId: string;
  /** What the desk is to be told; empty for a counter-example. */
  readonly offers: readonly string[];
  readonly events: readonly StoryEvent[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface StoryWorld {
  readonly now: number;
  /** Source of live events, and of recorded history. */
  readonly live: string;
  readonly recorded: string;
}

interface Person {
  readonly customerId: string;
  readonly world: StoryWorld;
  next: number;
}

/** What every event carries, with an id that says where it belongs. */
function head(person: Person, source: string, occurredAt: number) {
  person.next += 1;
  return { eventId: `${person.customerId}-${person.next}`, source, occurredAt, customerId: person.customerId };
}

function line(person: Person, source: string, occurredAt: number) {
  return { ...head(person, source, occurredAt), subscriptionId: `line-${person.customerId}` };
}

const ago = (person: Person, days: number) => person.world.now - days * DAY_MS;

/** A day of the month on which a billing cycle began within the last days, so that most of it is still to come. */
export function recentCycleDay(now: number): number {
  for (let back = 2; ; back++) {
    const day = new Date(now - back * DAY_MS).getUTCDate();
    if (day <= 28) return day;
  }
}

function known(person: Person, options: { allowanceMb?: number; product?: 'MOBILE' | 'BROADBAND' } = {}): StoryEvent[] {
  const { world } = person;
  return [
    { type: 'CustomerRegistered', ...head(person, 'crm', ago(person, 45)), language: 'en', timeZone: 'UTC' },
    {
      type: 'SubscriptionActivated',
      ...line(person, 'crm', ago(person, 45)),
      product: options.product ?? 'MOBILE',
      plan: 'M',
      dataAllowanceMb: options.allowanceMb ?? null,
      cycleDay: recentCycleDay(world.now),
    },
  ];
}

type Usage = Partial<Extract<StoryEvent, { type: 'UsageRecorded' }>>;

function usage(person: Person, source: string, occurredAt: number, fields: Usage): StoryEvent {
  return { type: 'UsageRecorded', ...line(person, source, occurredAt), kind: 'VOICE', durationSeconds: 60, ...fields };
}

type Writer = (person: Person) => StoryEvent[];

function story(world: StoryWorld, customerId: string, offers: readonly string[], write: Writer): Story {
  return { customerId, offers, events: write({ customerId, world, next: 0 }) };
}

const dataUsed =
  (megabytes: number, options: { allowanceMb?: number } = {}): Writer =>
  (person) => [
    ...known(person, { allowanceMb: options.allowanceMb ?? 10_000 }),
    usage(person, person.world.live, person.world.now, { kind: 'DATA', durationSeconds: 0, quantityMb: megabytes }),
  ];

/** `before` calls a day in the three weeks before, `after` calls a day in the last six days. */
const habits =
  (before: number, after: number): Writer =>
  (person) => {
    const events = known(person);
    for (let day = 27; day >= 0; day--) {
      for (let call = 0; call < (day >= 6 ? before : after); call++) {
        events.push(usage(person, person.world.recorded, ago(person, day) - 2 * HOUR_MS + call * 600_000, {}));
      }
    }
    return events;
  };

const lastHeardOf =
  (days: number, also: Writer = () => []): Writer =>
  (person) => [...known(person), usage(person, person.world.recorded, ago(person, days), {}), ...also(person)];

const suspensionAsked: Writer = (person) => [
  ...known(person),
  {
    type: 'SuspensionRequested',
    ...line(person, 'web', person.world.now),
    requestId: `r-${person.customerId}`,
    reason: 'too dear',
  },
];

const failedCalls =
  (count: number, sentTwice = 0): Writer =>
  (person) => {
    const calls = Array.from({ length: count }, (_, i) =>
      usage(person, person.world.live, person.world.now - i * 60_000, { failed: true, durationSeconds: 0 }),
    );
    return [...known(person), ...calls, ...calls.slice(0, sentTwice)];
  };

const heavyEvenings =
  (also: Writer = () => []): Writer =>
  (person) => {
    const events = [...known(person), ...also(person)];
    for (let day = 28; day >= 0; day--) {
      const fields: Usage = { kind: 'DATA', durationSeconds: 0, quantityMb: 800, localHour: 21 };
      events.push(usage(person, person.world.recorded, ago(person, day) - HOUR_MS, fields));
    }
    return events;
  };

const complains: Writer = (person) => [
  {
    type: 'ComplaintFiled',
    ...head(person, 'care', person.world.now - HOUR_MS),
    complaintId: `k-${person.customerId}`,
  },
];
const isExcluded: Writer = (person) => [
  { type: 'ExclusionSet', ...head(person, 'crm', ago(person, 1)), exclusion: 'do-not-contact', active: true },
];
const isSuspended: Writer = (person) => [
  { type: 'SubscriptionSuspended', ...line(person, 'crm', ago(person, 7.5)), cause: 'CUSTOMER' },
];
const hasBroadband: Writer = (person) => [
  {
    type: 'SubscriptionActivated',
    ...head(person, 'crm', ago(person, 40)),
    subscriptionId: `bb-${person.customerId}`,
    product: 'BROADBAND',
    plan: 'F',
  },
];

/** Every play with its counter-examples. `name` gives a customer outside the holdout, `held` one inside it. */
export function stories(world: StoryWorld, name: (label: string) => string, held: (label: string) => string): Story[] {
  const tell = (label: string, offers: string[], write: Writer) => story(world, name(label), offers, write);
  return [
    tell('bundle', ['bigger_plan'], dataUsed(8_500)),
    tell('bundle-below', [], dataUsed(7_900)),
    tell('bundle-unlimited', [], (person) => dataUsed(8_500, { allowanceMb: 1_000_000 })(person)),
    tell('bundle-complains', [], (person) => [...complains(person), ...dataUsed(8_500)(person)]),
    story(world, held('bundle-held-out'), [], dataUsed(8_500)),
    tell('halved', ['care_offer'], habits(3, 1)),
    tell('halved-not', [], habits(3, 3)),
    tell('halved-too-little-known', [], habits(0, 1)),
    tell('quiet', ['care_call'], lastHeardOf(8)),
    tell('quiet-not-yet', [], lastHeardOf(6)),
    tell('quiet-suspended', [], lastHeardOf(8, isSuspended)),
    tell('suspension', ['save_plan'], suspensionAsked),
    tell('suspension-do-not-contact', [], (person) => [...isExcluded(person), ...suspensionAsked(person)]),
    tell('failed', ['service_credit'], failedCalls(5)),
    tell('failed-four', [], failedCalls(4)),
    tell('failed-four-sent-twice', [], failedCalls(4, 3)),
    story(world, held('failed-service-is-exempt'), ['service_credit'], failedCalls(5)),
    tell('home', ['broadband_bundle'], heavyEvenings()),
    tell('home-has-broadband', [], heavyEvenings(hasBroadband)),
  ];
}

/** A request of the desk in one partition: its alert says that what came before in that partition was decided. */
export function sentinel(world: StoryWorld, customerId: string): Story {
  return story(world, customerId, ['save_plan'], suspensionAsked);
}

/** Moves the recorded feed of one partition to now. */
export function heartbeat(world: StoryWorld, customerId: string): StoryEvent {
  const person: Person = { customerId: `beat-${customerId}`, world, next: 0 };
  return { type: 'FeedHeartbeat', ...head(person, world.recorded, world.now), customerId, feedType: 'UsageRecorded' };
}
