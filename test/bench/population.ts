import type { EventInput, EventType } from '@holdfast/events';

export interface PopulationOptions {
  readonly seed: number;
  readonly customers: number;
  /** Event ids of two runs into one log must differ. */
  readonly run: string;
  /** Everybody equally often, instead of some far more often than others. */
  readonly isUniform?: boolean;
  /** Everybody was registered before: `next` gives happenings only. */
  readonly isSettled?: boolean;
}

/** Customers of a made-up operator and what happens to them: the same seed gives the same events. */
export interface Population {
  /** One customer's next event at this time, after his registration and activation when he is new. */
  next(atMs: number): readonly EventInput<EventType>[];
  /** Registration and activation of one customer. */
  arrival(index: number, atMs: number): readonly EventInput<EventType>[];
  /** Customers met so far. */
  readonly met: number;
}

const DAY_MS = 86_400_000;
/** A tenth of the customers make over a fifth of the events. */
const SKEW = 1.5;
const CITIES = ['Hangzhou', 'Chengdu', 'Shenyang', 'Xiamen'];
/** Shares of what is no usage, in order; the rest of a hundred is usage. */
const OTHERS: readonly (readonly [share: number, make: (base: Base, draw: Draw) => EventInput<EventType>])[] = [
  [0.02, (base, draw) => ({ ...base.line, type: 'BalanceToppedUp', amountMinor: 1000 * whole(draw, 1, 10), currency })],
  [0.01, (base, draw) => ({ ...base.self, type: 'ChurnRiskScored', score: draw(), model: 'bench' })],
  [0.01, (base) => ({ ...base.self, type: 'ContactOpened', interactionId: base.self.eventId, channel: 'call-centre' })],
  [0.005, (base, draw) => ({ ...base.self, type: 'ConsentChanged', channel: 'sms', granted: draw() < 0.8 })],
  [0.003, (base) => ({ ...base.self, type: 'ComplaintFiled', complaintId: base.self.customerId, topic: 'coverage' })],
  [0.001, (base) => ({ ...base.line, type: 'SuspensionRequested', requestId: base.self.eventId, reason: 'abroad' })],
];
const currency = 'CNY';

type Draw = () => number;

interface Base {
  readonly self: Pick<EventInput<'ContactOpened'>, 'eventId' | 'source' | 'occurredAt' | 'customerId'>;
  readonly line: Base['self'] & { readonly subscriptionId: string };
}

export function createPopulation(options: PopulationOptions): Population {
  const { seed, customers, run } = options;
  const skew = options.isUniform ? 1 : SKEW;
  const draw = mulberry32(seed);
  const met = new Set<number>();
  let count = 0;
  const baseOf = (index: number, occurredAt: number): Base => {
    const customerId = customerIdOf(index);
    const self = { eventId: `${run}-${count++}`, source: 'bench', occurredAt, customerId };
    return { self, line: { ...self, subscriptionId: `s${customerId}` } };
  };
  const arrival = (index: number, atMs: number) => {
    const since = atMs - whole(draw, 60, 900) * DAY_MS;
    return [registered(baseOf(index, since), draw), activated(index, baseOf(index, since), draw)];
  };
  return {
    get met() {
      return met.size;
    },
    arrival,
    next(atMs) {
      const index = Math.floor(customers * draw() ** skew);
      const happening = happeningTo(index, baseOf(index, atMs), draw);
      if (met.has(index)) return [happening];
      met.add(index);
      return options.isSettled ? [happening] : [...arrival(index, atMs), happening];
    },
  };
}

export function customerIdOf(index: number): string {
  return `c${String(index).padStart(11, '0')}`;
}

function happeningTo(index: number, base: Base, draw: Draw): EventInput<EventType> {
  let mark = draw();
  for (const [share, make] of OTHERS) {
    if (mark < share) return make(base, draw);
    mark -= share;
  }
  return usage(index, base, draw);
}

/** One in two hundred has bad reception, one in two hundred carries his household's data over the mobile line. */
function usage(index: number, { line }: Base, draw: Draw): EventInput<EventType> {
  const isHeavy = index % 200 === 7;
  const isBadlyServed = index % 200 === 11;
  const kind = draw() < 0.55 ? 'DATA' : draw() < 0.8 ? 'VOICE' : 'SMS';
  const failed = kind === 'VOICE' && draw() < (isBadlyServed ? 0.8 : 0.01);
  return {
    ...line,
    type: 'UsageRecorded',
    kind,
    durationSeconds: kind === 'VOICE' && !failed ? whole(draw, 1, 900) : 0,
    quantityMb: kind === 'DATA' ? whole(draw, 1, 4000) / 10 + (isHeavy ? 6_000 : 0) : 0,
    chargeMinor: whole(draw, 0, 60),
    currency,
    localHour: whole(draw, 0, 23),
    failed,
  };
}

function registered({ self }: Base, draw: Draw): EventInput<EventType> {
  return {
    ...self,
    type: 'CustomerRegistered',
    language: 'zh',
    timeZone: 'Asia/Shanghai',
    tier: draw() < 0.1 ? 'high-value' : 'potential',
    birthYear: whole(draw, 1940, 2012),
    city: CITIES[whole(draw, 0, CITIES.length - 1)] ?? '',
  };
}

function activated(index: number, { line }: Base, draw: Draw): EventInput<EventType> {
  return {
    ...line,
    type: 'SubscriptionActivated',
    product: 'MOBILE',
    plan: index % 100 === 3 ? 'light' : 'standard',
    dataAllowanceMb: index % 100 === 3 ? 1_000 : 50_000,
    monthlyFeeMinor: 5_900,
    currency,
    cycleDay: whole(draw, 1, 28),
  };
}

/** Between `from` and `to`, both included. */
function whole(draw: Draw, from: number, to: number): number {
  return from + Math.floor(draw() * (to - from + 1));
}

/** A small generator with a 32-bit state: enough for shares, the same on every machine. */
function mulberry32(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
