/** What rules look at, as one plain object. What is not known is NaN, of which every comparison is false. */
export interface PlainFacts {
  data_share_used: number;
  data_mb_24h: number;
  data_mb_7d: number;
  data_mb_30d: number;
  home_data_mb_30d: number;
  roaming_mb_7d: number;
  voice_seconds_30d: number;
  failed_calls_7d: number;
  sms_30d: number;
  charge_30d: number;
  charge_of_own: number;
  uses_6d: number;
  uses_21d_before: number;
  usage_share_of_own: number;
  top_ups_30d: number;
  topped_up_30d: number;
  overdue_90d: number;
  calls_in_7d: number;
  days_left_in_cycle: number;
  data_allowance_mb: number;
  age: number;
  tenure_days: number;
  tier: string;
  city: string;
  has_broadband: boolean;
  kind: string;
  zone: string;
  failed: boolean;
  channel: string;
}

export interface BenchEvent {
  readonly type: string;
  readonly kind: string;
  readonly zone: string;
  readonly failed: boolean;
  readonly quantityMb: number;
  readonly durationSeconds: number;
  readonly chargeMinor: number;
  readonly localHour: number;
  readonly amountMinor: number;
  readonly channel: string;
}

/** A number per hour, day or three days, the newest ones kept, with the windows over them. */
interface Tiles {
  newest: number;
  readonly values: Float64Array;
  readonly windows: Window[];
}

/** `count` tiles up to `offset` before now; its total is kept up as events come, and worked out anew with the next tile. */
interface Window {
  readonly row: Tiles;
  readonly count: number;
  readonly offset: number;
  last: number;
  total: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More than the longest window has; a power of two. */
const KEPT = 128;

/** Sums somebody keeps by hand, with the windows that the declared features have. */
export interface PlainCustomer {
  readonly facts: PlainFacts;
  fold(event: BenchEvent, atMs: number): void;
  /** Brings `facts` up to date. */
  look(event: BenchEvent, asOfMs: number): PlainFacts;
}

export type PlainAttributes = Pick<
  PlainFacts,
  'days_left_in_cycle' | 'data_allowance_mb' | 'age' | 'tenure_days' | 'tier' | 'city' | 'has_broadband'
>;

export function createPlainCustomer(attributes: PlainAttributes, cycleStartMs: number): PlainCustomer {
  let cycleMb = 0;
  const rows = Array.from({ length: 13 }, createTiles) as Thirteen;
  const [dataHours, data, home, roaming, voice, failed, sms, charge, uses, topUps, toppedUp, overdue, calls] = rows;
  const dataDay = windowOf(dataHours, 24);
  const dataWeek = windowOf(data, 7);
  const dataMonth = windowOf(data, 30);
  const homeMonth = windowOf(home, 30);
  const roamingWeek = windowOf(roaming, 7);
  const voiceMonth = windowOf(voice, 30);
  const failedWeek = windowOf(failed, 7);
  const smsMonth = windowOf(sms, 30);
  const chargeMonth = windowOf(charge, 30);
  const chargeBefore = windowOf(charge, 30, 30);
  const usesNow = windowOf(uses, 6);
  const usesBefore = windowOf(uses, 21, 6);
  const topUpsMonth = windowOf(topUps, 30);
  const toppedUpMonth = windowOf(toppedUp, 30);
  const overdueQuarter = windowOf(overdue, 30);
  const callsWeek = windowOf(calls, 7);
  const facts: PlainFacts = { ...NOTHING_KNOWN, ...attributes };
  return {
    facts,
    fold(event, atMs) {
      const day = Math.floor(atMs / DAY_MS);
      if (event.type === 'UsageRecorded') {
        add(charge, day, event.chargeMinor);
        if (!event.failed) add(uses, day, 1);
        if (event.kind === 'DATA') {
          if (atMs >= cycleStartMs) cycleMb += event.quantityMb;
          add(dataHours, Math.floor(atMs / HOUR_MS), event.quantityMb);
          add(data, day, event.quantityMb);
          if (event.localHour >= 19 || (event.localHour >= 0 && event.localHour < 8)) add(home, day, event.quantityMb);
          if (event.zone === 'ROAMING') add(roaming, day, event.quantityMb);
        } else if (event.kind === 'VOICE') {
          add(voice, day, event.durationSeconds);
          if (event.failed) add(failed, day, 1);
        } else if (event.kind === 'SMS') add(sms, day, 1);
      } else if (event.type === 'BalanceToppedUp') {
        add(topUps, day, 1);
        add(toppedUp, day, event.amountMinor);
      } else if (event.type === 'BillOverdue') add(overdue, Math.floor(day / 3), 1);
      else add(calls, day, 1);
    },
    look(event, asOfMs) {
      const day = Math.floor(asOfMs / DAY_MS);
      facts.data_share_used = finite(cycleMb / facts.data_allowance_mb);
      facts.data_mb_24h = total(dataDay, Math.floor(asOfMs / HOUR_MS));
      facts.data_mb_7d = total(dataWeek, day);
      facts.data_mb_30d = total(dataMonth, day);
      facts.home_data_mb_30d = total(homeMonth, day);
      facts.roaming_mb_7d = total(roamingWeek, day);
      facts.voice_seconds_30d = total(voiceMonth, day);
      facts.failed_calls_7d = total(failedWeek, day);
      facts.sms_30d = total(smsMonth, day);
      facts.charge_30d = total(chargeMonth, day);
      facts.charge_of_own = finite(facts.charge_30d / total(chargeBefore, day));
      facts.uses_6d = total(usesNow, day);
      facts.uses_21d_before = total(usesBefore, day);
      facts.usage_share_of_own = finite(facts.uses_6d / 6 / (facts.uses_21d_before / 21));
      facts.top_ups_30d = total(topUpsMonth, day);
      facts.topped_up_30d = total(toppedUpMonth, day);
      facts.overdue_90d = total(overdueQuarter, Math.floor(day / 3));
      facts.calls_in_7d = total(callsWeek, day);
      facts.kind = event.kind;
      facts.zone = event.zone;
      facts.failed = event.failed;
      facts.channel = event.channel;
      return facts;
    },
  };
}

type Thirteen = [Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles, Tiles];

const createTiles = (): Tiles => ({ newest: 0, values: new Float64Array(KEPT), windows: [] });

function windowOf(row: Tiles, count: number, offset = 0): Window {
  const window = { row, count, offset, last: 0, total: 0 };
  row.windows.push(window);
  return window;
}

function add(row: Tiles, tile: number, amount: number): void {
  if (tile > row.newest) {
    const empty = Math.min(KEPT, tile - row.newest);
    for (let index = 0; index < empty; index += 1) row.values[(tile - index) & (KEPT - 1)] = 0;
    row.newest = tile;
  }
  row.values[tile & (KEPT - 1)] = (row.values[tile & (KEPT - 1)] as number) + amount;
  for (const window of row.windows) {
    if (tile <= window.last && tile > window.last - window.count) window.total += amount;
  }
}

function total(window: Window, now: number): number {
  const last = now - window.offset;
  if (window.last === last) return window.total;
  const { values, newest } = window.row;
  let sum = 0;
  for (let tile = Math.min(last, newest); tile > last - window.count; tile -= 1) {
    sum += values[tile & (KEPT - 1)] as number;
  }
  window.last = last;
  window.total = sum;
  return sum;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

const NOTHING_KNOWN: PlainFacts = {
  data_share_used: Number.NaN,
  data_mb_24h: 0,
  data_mb_7d: 0,
  data_mb_30d: 0,
  home_data_mb_30d: 0,
  roaming_mb_7d: 0,
  voice_seconds_30d: 0,
  failed_calls_7d: 0,
  sms_30d: 0,
  charge_30d: 0,
  charge_of_own: Number.NaN,
  uses_6d: 0,
  uses_21d_before: 0,
  usage_share_of_own: Number.NaN,
  top_ups_30d: 0,
  topped_up_30d: 0,
  overdue_90d: 0,
  calls_in_7d: 0,
  days_left_in_cycle: 0,
  data_allowance_mb: 0,
  age: 0,
  tenure_days: 0,
  tier: '',
  city: '',
  has_broadband: false,
  kind: '',
  zone: '',
  failed: false,
  channel: '',
};
