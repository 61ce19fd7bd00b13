import type { Effects, StepContext } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import { adopt, cancelOverLimit, trimContacts } from './contacts.ts';
import type { CustomerState, Dealings } from './customer-state.ts';
import { enrol } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { hasFired, markFired } from './firings.ts';
import { contactKpi } from './kpis.ts';
import type { Surroundings } from './scope.ts';

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
  const forgotten = decisions.filter((decision) => takeIn(dealings, decision, policy.triggers.get(decision.trigger)));
  for (const decision of forgotten) effects.adopted(decision);
  if (forgotten.length > 0) {
    for (const contact of cancelOverLimit(dealings, policy.contactPolicy)) {
      effects.count(contactKpi(contact, 'cancelled', context.nowMs));
    }
  }
  const released = new Set(decisions.map((decision) => decision.contactId));
  for (const contact of dealings.contacts) {
    if (contact.status === 'reserved' && released.has(contact.contactId)) effects.askAgain(contact);
  }
  if (trimContacts(dealings, context.nowMs, policy.contactPolicy)) effects.trimmed();
  return effects.finish('adopted');
}

/** Answers whether the state had forgotten the decision. */
function takeIn(
  dealings: Dealings,
  decision: DecisionMade,
  trigger: { readonly latches: readonly unknown[] } | undefined,
): boolean {
  const { campaign, arm, occasion, decidedAt } = decision;
  const isForgotten = !hasFired(dealings, decision.trigger, occasion);
  if (isForgotten) {
    const isLatched = (trigger?.latches.length ?? 0) > 0;
    markFired(dealings, { trigger: decision.trigger, occasion, at: decidedAt, isLatched });
  }
  const contact = adopt(dealings, decision);
  if (campaign !== '' && (arm === 'treated' || arm === 'control')) enrol(dealings, { campaign, arm, at: decidedAt });
  return isForgotten || contact !== undefined;
}
