import type { Effects, StepContext } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import { countOutcome } from './contact-outcomes.ts';
import { cancelOverLimit, reserve, trimContacts } from './contacts.ts';
import type { CustomerState, Dealings } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { countContact, enrolBy } from './enrolments.ts';
import { hasFired, isSuperseded, markFired } from './firings.ts';
import { adoptTurn } from './plan-adoption.ts';
import type { Surroundings } from './scope.ts';
import { settleSpending } from './spending.ts';

/**
 * Takes released decisions into the ledger, whatever the state remembers. Open ones get their job again, unless a limit
 * of the contact policy is now exceeded: then every open contact it concerns is cancelled.
 */
export function stepAdoption(
  state: CustomerState,
  decisions: readonly DecisionMade[],
  context: StepContext,
  { policy }: Surroundings,
  effects: EffectCollector,
): Effects {
  const dealings = state.dealings.change();
  const forgotten = takeInAll(dealings, decisions, policy, effects);
  for (const decision of forgotten) effects.adopted(decision);
  for (const decision of decisions) if (adoptTurn(dealings, decision, policy)) effects.trimmed();
  if (forgotten.length > 0) {
    for (const contact of cancelOverLimit(dealings, policy.contactPolicy)) {
      const cancelled = { ...contact, status: 'cancelled' } as const;
      const news = { what: 'cancelled', atMs: context.nowMs } as const;
      for (const kpi of countOutcome(dealings, cancelled, news)) effects.count(kpi);
      settleSpending(contact, cancelled, policy, effects);
    }
  }
  const released = new Set(decisions.map((decision) => decision.contactId));
  for (const contact of dealings.contacts) {
    if (contact.status === 'reserved' && released.has(contact.contactId)) effects.askAgain(contact);
  }
  if (trimContacts(dealings, context.nowMs, policy.contactPolicy)) effects.trimmed();
  return effects.finish('adopted');
}

/** Answers the decisions the state had forgotten, each once. */
function takeInAll(
  dealings: Dealings,
  decisions: readonly DecisionMade[],
  policy: Surroundings['policy'],
  effects: EffectCollector,
): readonly DecisionMade[] {
  // An occasion is answered by a live decision and its shadows: none of them may make the others look remembered. Marking a
  // firing makes a new list, so this one stays as it was.
  const before = { ...dealings };
  const forgotten = decisions.filter((decision) => takeIn(dealings, before, decision, policy, effects));
  return [...new Map(forgotten.map((decision) => [decision.contactId, decision])).values()];
}

function takeIn(
  dealings: Dealings,
  before: Dealings,
  decision: DecisionMade,
  policy: Surroundings['policy'],
  effects: EffectCollector,
): boolean {
  const { occasion, decidedAt } = decision;
  // A silence that was followed by another is not remembered, and is not forgotten either: marked now, it would displace the
  // one that is, which would then have its turn a second time.
  const isForgotten =
    !hasFired(before, decision.trigger, occasion) && !isSuperseded(before, decision.trigger, occasion);
  if (isForgotten && !isSuperseded(dealings, decision.trigger, occasion)) {
    const isLatched = (policy.triggers.get(decision.trigger)?.latches.length ?? 0) > 0;
    markFired(dealings, { trigger: decision.trigger, occasion, at: decidedAt, isLatched });
  }
  const contact = reserve(dealings, decision);
  enrolBy(dealings, decision, effects);
  if (contact) {
    countContact(dealings, contact.campaign);
    settleSpending(undefined, contact, policy, effects);
  }
  return isForgotten || contact !== undefined;
}
