import type { BenchEvent, PlainAttributes } from './plain-customer.ts';

const DAY_MS = 86_400_000;
/** Begin of the customers' billing cycle; what is measured lies behind it. */
export const CYCLE_START = 20_000 * DAY_MS;
const HISTORY_DAYS = 70;
/** Of every customer, before and while it is measured. */
const EVENTS_A_DAY = 5;

export interface ToldEvent {
  readonly customer: number;
  readonly atMs: number;
  readonly event: BenchEvent;
}

/** Seeded, so that every contestant in every run is told the same. */
export interface RuleStory {
  readonly customers: readonly PlainAttributes[];
  /** Seventy days that everybody has lived through before the clock starts. */
  readonly history: readonly ToldEvent[];
  readonly measured: readonly ToldEvent[];
}

export function createStory(customers: number, events: number): RuleStory {
  const random = createRandom(7);
  const historyEvents = customers * HISTORY_DAYS * EVENTS_A_DAY;
  const measuredDays = events / customers / EVENTS_A_DAY;
  const told = (index: number, count: number, fromMs: number, days: number): ToldEvent => ({
    customer: Math.floor(random() * customers),
    atMs: fromMs + Math.floor((index / count) * days * DAY_MS),
    event: eventOf(random),
  });
  const startMs = CYCLE_START + 10 * DAY_MS;
  return {
    customers: Array.from({ length: customers }, () => attributesOf(random)),
    history: Array.from({ length: historyEvents }, (_, index) =>
      told(index, historyEvents, startMs - HISTORY_DAYS * DAY_MS, HISTORY_DAYS),
    ),
    measured: Array.from({ length: events }, (_, index) => told(index, events, startMs, measuredDays)),
  };
}

function attributesOf(random: () => number): PlainAttributes {
  return {
    tier: pick(random, ['standard', 'standard', 'standard', 'high-value', 'key']),
    city: pick(random, ['Shenzhen', 'Guangzhou', 'Foshan', 'Dongguan', 'Zhuhai']),
    age: 16 + Math.floor(random() * 60),
    tenure_days: Math.floor(random() * 4_000),
    has_broadband: random() < 0.5,
    data_allowance_mb: pick(random, [5_000, 10_000, 20_000, 40_000]),
    days_left_in_cycle: Math.floor(random() * 28),
  };
}

function eventOf(random: () => number): BenchEvent {
  const type = typeOf(random());
  const kind = type === 'UsageRecorded' ? pick(random, ['DATA', 'DATA', 'DATA', 'VOICE', 'SMS']) : '';
  const isUsage = type === 'UsageRecorded';
  return {
    type,
    kind,
    zone: isUsage ? (random() < 0.02 ? 'ROAMING' : 'DOMESTIC') : '',
    failed: kind === 'VOICE' && random() < 0.05,
    quantityMb: kind === 'DATA' ? Math.floor(random() ** 3 * 800) : 0,
    durationSeconds: kind === 'VOICE' ? Math.floor(random() * 600) : 0,
    chargeMinor: isUsage ? Math.floor(random() * 500) : 0,
    localHour: Math.floor(random() * 24),
    amountMinor: Math.floor(random() * 10_000),
    channel: type === 'ContactOpened' ? pick(random, ['call-centre', 'shop']) : '',
  };
}

function typeOf(drawn: number): string {
  if (drawn < 0.96) return 'UsageRecorded';
  if (drawn < 0.98) return 'BalanceToppedUp';
  return drawn < 0.995 ? 'ContactOpened' : 'BillOverdue';
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
