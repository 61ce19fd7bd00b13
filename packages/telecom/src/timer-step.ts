import type { Due, Effects, StepContext } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { deadlineOf } from './contacts.ts';
import type { Contact, CustomerState } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { contactKpi } from './kpis.ts';
import type { Surroundings } from './scope.ts';
import { answerSilences, nextSilence } from './silence.ts';

/** When the customer wants to be looked at next. The state is the truth about timers; this is read from it. */
export function dueOf(state: CustomerState, policy: CompiledPolicy): Due {
  const eventTime = nextSilence(state, policy);
  let wallMs: number | undefined;
  for (const contact of state.dealings.read().contacts) {
    const deadline = deadlineOf(contact);
    if (deadline !== undefined && (wallMs === undefined || deadline < wallMs)) wallMs = deadline;
  }
  return { ...(wallMs === undefined ? {} : { wallMs }), ...(eventTime ? { eventTime } : {}) };
}

/** Does what is due by now; a firing with nothing due does nothing. */
export function stepTimer(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): Effects {
  answerDeadlines(state, context, effects);
  answerSilences(state, context, surroundings, effects);
  return effects.finish('timer');
}

/** At `sendBy` the job is asked for once more; without a report after that nobody knows, which counts as contacted. */
function answerDeadlines(state: CustomerState, context: StepContext, effects: EffectCollector): void {
  const isDue = (contact: Contact) => (deadlineOf(contact) ?? Number.POSITIVE_INFINITY) <= context.nowMs;
  if (!state.dealings.read().contacts.some(isDue)) return;
  const dealings = state.dealings.change();
  dealings.contacts = dealings.contacts.map((contact) => {
    if (!isDue(contact)) return contact;
    if (contact.isAskedAgain) {
      effects.count(contactKpi(contact, 'unknown', context.nowMs));
      return { ...contact, status: 'unknown' };
    }
    effects.askAgain(contact);
    return { ...contact, isAskedAgain: true };
  });
}
