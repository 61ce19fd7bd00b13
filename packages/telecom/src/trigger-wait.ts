import type { CompiledPolicy, CompiledTrigger, Schedule } from '@holdfast/policy';
import { unansweredIn } from './awaited.ts';
import type { CustomerState } from './customer-state.ts';
import { dateOccasion, silenceOccasion } from './occasion.ts';
import { dayOf } from './schedule.ts';

/** What a trigger waits for. */
export type WaitsFor =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'absence'; readonly of: string; readonly forMs: number }
  /** An answer that does not come. */
  | { readonly kind: 'unanswered'; readonly first: string; readonly without: string; readonly forMs: number }
  | { readonly kind: 'day'; readonly every: Schedule['every'] };

/** A timer of the customer that runs, or ran out: since when, and when it is due, ms since the epoch. */
export interface Wait {
  /** Null for a day of the calendar. */
  readonly sinceMs: number | null;
  readonly dueMs: number;
  readonly occasion: string;
}

export function waitsFor({ on, absence, sequence, schedule }: CompiledTrigger): WaitsFor {
  if (absence) return { kind: 'absence', of: absence.of, forMs: absence.forMs };
  if (schedule) return { kind: 'day', every: schedule.every };
  if (sequence?.without === undefined) return { kind: 'event', event: on ?? '' };
  return { kind: 'unanswered', first: sequence.first.of, without: sequence.without, forMs: sequence.withinMs };
}

/** The timer by which the trigger fires; undefined for one that fires on an event, and where nothing is waited for. */
export function waitOf(state: CustomerState, trigger: CompiledTrigger, policy: CompiledPolicy): Wait | undefined {
  const { absence, schedule } = trigger;
  if (schedule) {
    const day = dayOf(state, trigger, policy);
    return day && { sinceMs: null, dueMs: day.dueMs, occasion: dateOccasion(day.date) };
  }
  const seen = absence ? state.lastSeen.find(({ type }) => type === absence.of) : unansweredIn(state, trigger)?.seen;
  if (seen === undefined) return undefined;
  const lastsMs = absence?.forMs ?? trigger.sequence?.withinMs ?? 0;
  return { sinceMs: seen.at, dueMs: seen.at + lastsMs, occasion: silenceOccasion(seen.at) };
}
