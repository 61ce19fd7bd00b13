import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { isOfPlan } from './contacts.ts';
import type { CampaignPlan, Dealings } from './customer-state.ts';
import { beginPlan, isUnderWay, moveOn, waitForNext } from './plan-life.ts';
import { parseStep } from './step-name.ts';

/**
 * Takes a turn that the state forgot from the log, so that it is not taken again: the plan goes on behind it, or begins with
 * it. `decision` is in the ledger by now. Answers whether a plan that is under way had to be forgotten.
 */
export function adoptTurn(dealings: Dealings, decision: DecisionMade, policy: CompiledPolicy): boolean {
  const contact = dealings.contacts.find(({ contactId }) => contactId === decision.contactId);
  const turn = parseStep(decision.step);
  if (!contact || !turn || contact.acceptedAt > 0 || contact.rejectedAt > 0) return false;
  const steps = policy.campaigns.get(contact.campaign)?.steps ?? [];
  const plan = dealings.plans.find((known) => isOfPlan(contact, known));
  if (!plan) return beginPlan(dealings, contact, steps);
  if (!isUnderWay(plan) || !isBehind(plan, turn)) return false;
  Object.assign(plan, turn);
  moveOn(plan, contact);
  waitForNext(dealings, plan, steps);
  return false;
}

function isBehind(plan: CampaignPlan, { stepIndex, attempt }: Pick<CampaignPlan, 'stepIndex' | 'attempt'>): boolean {
  return plan.stepIndex < stepIndex || (plan.stepIndex === stepIndex && plan.attempt < attempt);
}
