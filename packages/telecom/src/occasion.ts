import { knownZone } from '@holdfast/decisions';
import type { CompiledTrigger } from '@holdfast/policy';
import type { BillingCycle } from './billing-cycle.ts';

export interface Occurrence {
  readonly asOfMs: number;
  readonly cycle: BillingCycle;
  /** IANA. */
  readonly timeZone: string;
  /** Fields of the triggering event; undefined for timers. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
  /** Begin of the silence, for absence. */
  readonly silenceStartMs: number;
}

/**
 * Names what the trigger counts as one occasion: two occurrences with one name are the same reason to contact. Undefined
 * when the declared event field is empty.
 */
export function occasionOf(trigger: CompiledTrigger, occurrence: Occurrence): string | undefined {
  switch (trigger.occasion) {
    case 'cycle':
      return `cycle:${occurrence.cycle.startMs}`;
    case 'silence':
      return silenceOccasion(occurrence.silenceStartMs);
    case 'day':
      return `day:${localDate(occurrence, (date) => date.toString())}`;
    case 'week':
      return `week:${localDate(occurrence, (date) => date.subtract({ days: date.dayOfWeek - 1 }).toString())}`;
    case 'month':
      return `month:${localDate(occurrence, (date) => date.toPlainYearMonth().toString())}`;
    case 'year':
      return `year:${localDate(occurrence, (date) => String(date.year))}`;
    default:
      return eventOccasion(trigger.occasion, occurrence.event);
  }
}

export function silenceOccasion(silenceStartMs: number): string {
  return `silence:${silenceStartMs}`;
}

/** `day`: the day of a schedule, `2026-05-03`. */
export function dateOccasion(day: string): string {
  return `date:${day}`;
}

/** What is kept of a value tier: not an occasion of a trigger, but remembered like one. */
export function tierOccasion(tier: string): string {
  return `tier:${tier}`;
}

/** A latch stays shut over the end of such an occasion: its value does not start again with it. */
export function isCalendarOccasion(occasion: string): boolean {
  return occasion === 'day' || occasion === 'week' || occasion === 'month' || occasion === 'year';
}

function localDate(occurrence: Occurrence, name: (date: Temporal.PlainDate) => string): string {
  const zone = knownZone(occurrence.timeZone);
  return name(Temporal.Instant.fromEpochMilliseconds(occurrence.asOfMs).toZonedDateTimeISO(zone).toPlainDate());
}

function eventOccasion(declared: string, event: Occurrence['event']): string | undefined {
  const value = event?.[declared.replace(/^event\./, '')];
  return value === undefined || value === null || value === '' ? undefined : `event:${String(value)}`;
}
