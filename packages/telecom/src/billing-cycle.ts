import { knownZone } from '@holdfast/decisions';

/** A billing cycle `[startMs, endMs)`. */
export interface BillingCycle {
  readonly startMs: number;
  readonly endMs: number;
}

/** Finds cycles fast: almost every event falls into one that was computed before. */
export interface BillingCalendar {
  /** The cycle that contains `atMs`, for a customer whose cycles begin at local midnight of `cycleDay` (1–28). */
  cycleAt(atMs: number, cycleDay: number, timeZone: string): BillingCycle;
}

/** Zones × days × months in use at once; beyond it the table starts afresh. */
const MAX_CYCLES = 20_000;
/** UTC days are a key near enough: the cycle found is checked, since zones begin their day elsewhere. */
const DAY_MS = 86_400_000;
/** More than there are days of the month. */
const CYCLE_DAYS = 32;

export function createBillingCalendar(): BillingCalendar {
  /** By zone, then by day and cycle day in one number: names put together per event would cost more than the look-up. */
  const zones = new Map<string, Map<number, BillingCycle>>();
  let size = 0;
  // Neighbours in the stream mostly share zone and cycle.
  let last: BillingCycle = { startMs: 0, endMs: 0 };
  let lastDay = 0;
  let lastZone = '';
  const lookUp = (atMs: number, cycleDay: number, timeZone: string): BillingCycle => {
    let ofZone = zones.get(timeZone);
    if (!ofZone) {
      ofZone = new Map();
      zones.set(timeZone, ofZone);
    }
    const key = Math.floor(atMs / DAY_MS) * CYCLE_DAYS + cycleDay;
    const known = ofZone.get(key);
    if (known && atMs >= known.startMs && atMs < known.endMs) return known;
    const cycle = computeCycle(atMs, cycleDay, timeZone);
    if (size++ > MAX_CYCLES) {
      zones.clear();
      size = 0;
    }
    ofZone.set(key, cycle);
    return cycle;
  };
  return {
    cycleAt(atMs, cycleDay, timeZone) {
      const isLast = cycleDay === lastDay && timeZone === lastZone;
      if (isLast && atMs >= last.startMs && atMs < last.endMs) return last;
      lastDay = cycleDay;
      lastZone = timeZone;
      last = lookUp(atMs, cycleDay, timeZone);
      return last;
    },
  };
}

function computeCycle(atMs: number, cycleDay: number, timeZone: string): BillingCycle {
  const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(knownZone(timeZone));
  const thisMonth = local.toPlainDate().with({ day: cycleDay });
  const start = local.day >= cycleDay ? thisMonth : thisMonth.subtract({ months: 1 });
  const end = start.add({ months: 1 });
  return { startMs: midnight(start, local.timeZoneId), endMs: midnight(end, local.timeZoneId) };
}

function midnight(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}
