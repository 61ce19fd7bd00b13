import type { Due, Effects, StepContext } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { afterDeadline, deadlineOf } from './contact-life.ts';
import { countOutcome } from './contact-outcomes.ts';
import type { Contact, CustomerState } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { answerHorizons, nextHorizon } from './horizons.ts';
import { answerPlans, nextTurn } from './plan-step.ts';
import { answerDays, nextDay } from './schedule.ts';
import type { Surroundings } from './scope.ts';
import { answerSilences, nextSilence } from './silence.ts';

const NOTHING_DUE: Due = Object.freeze({});

/** When the customer wants to be looked at next. The state is the truth about timers; this is read from it. */
export function dueOf(state: CustomerState, policy: CompiledPolicy): Due {
  const eventTime = nextSilence(state, policy);
  let wallMs: number | undefined;
  const dealings = state.dealings.read();
  const { contacts, plans, enrolments } = dealings;
  // Most customers were never dealt with. What they all share is frozen, and to iterate over that is slow, empty or not.
  if (contacts.length > 0) for (const contact of contacts) wallMs = sooner(wallMs, deadlineOf(contact));
  wallMs = sooner(wallMs, nextDay(state, policy));
  if (plans.length > 0) wallMs = sooner(wallMs, nextTurn(dealings));
  if (enrolments.length > 0) wallMs = sooner(wallMs, nextHorizon(dealings));
  if (wallMs === undefined) return eventTime === undefined ? NOTHING_DUE : { eventTime };
  return eventTime === undefined ? { wallMs } : { wallMs, eventTime };
}

/** One by one, not over a list of them: this is asked after every event. */
function sooner(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a <= b ? a : b;
}

/** Does what is due by now; a firing with nothing due does nothing. */
export function stepTimer(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): Effects {
  answerDeadlines(state, context, effects);
  answerHorizons(state, context, effects);
  answerSilences(state, context, surroundings, effects);
  answerDays(state, context, surroundings, effects);
  answerPlans(state, context, surroundings, effects);
  return effects.finish('timer');
}

/** At `sendBy` the job is asked for once more, unless a provider has it; without a report after that nobody knows, which counts as contacted. */
function answerDeadlines(state: CustomerState, context: StepContext, effects: EffectCollector): void {
  const isDue = (contact: Contact) => (deadlineOf(contact) ?? Number.POSITIVE_INFINITY) <= context.nowMs;
  if (!state.dealings.read().contacts.some(isDue)) return;
  const dealings = state.dealings.change();
  const due = new Set(dealings.contacts.filter(isDue).map(({ contactId }) => contactId));
  dealings.contacts = dealings.contacts.map((contact) => {
    if (!isDue(contact)) return contact;
    const after = afterDeadline(contact);
    if (after.status !== 'unknown') effects.askAgain(contact);
    return after;
  });
  for (const contact of dealings.contacts) {
    if (contact.status !== 'unknown' || !due.has(contact.contactId)) continue;
    const news = { what: 'unknown', atMs: context.nowMs } as const;
    for (const kpi of countOutcome(dealings, contact, news)) effects.count(kpi);
  }
}
