import { type Decision, type DecisionBasis, decide, decideInShadow } from '@holdfast/decisions';
import type { StepContext } from '@holdfast/engine';
import type { CompiledTrigger, Scope } from '@holdfast/policy';
import { askForBudgets } from './budget-asking.ts';
import { reserve, trimContacts } from './contacts.ts';
import type { Contact, CustomerState, Dealings } from './customer-state.ts';
import { recordOf } from './decision-record.ts';
import type { EffectCollector } from './effects.ts';
import { countContact, enrolBy } from './enrolments.ts';
import { dealingsForDeciding, factsForDeciding } from './facts-for-deciding.ts';
import { markFired } from './firings.ts';
import { textOf } from './lines.ts';
import { beginPlan } from './plan-life.ts';
import type { Surroundings } from './scope.ts';
import { shardStandingOf } from './shard-standing.ts';
import { settleSpending } from './spending.ts';
import { FIRST_STEP } from './step-name.ts';

export interface Occasioned {
  readonly trigger: CompiledTrigger;
  readonly occasion: string;
  /** What conditions see. */
  readonly scope: Scope;
  /** The same with the trigger's latch, for the evidence. */
  readonly triggerScope: Scope;
}

/** Answers a trigger that fired: decides, freezes what has to be frozen, and hands the record out. Once per occasion. */
export function answerTrigger(
  state: CustomerState,
  fired: Occasioned,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const { trigger, occasion, scope } = fired;
  const { policy } = surroundings;
  const dealings = state.dealings.change();
  const request = {
    origin: 'trigger',
    trigger,
    occasion,
    step: FIRST_STEP,
    nowMs: context.nowMs,
    evidence: trigger.when.explain(fired.triggerScope),
    customer: factsForDeciding(state),
    isComplete: surroundings.listsAllCandidates === true,
  } as const;
  const deciding = { trigger, scope, context, surroundings };
  const basis = basisOf(dealings, deciding, effects);
  const decision = decide(request, basis);
  const shadows = decideInShadow(request, basis);
  const isLatched = trigger.latches.length > 0;
  if (markFired(dealings, { trigger: trigger.id, occasion, at: context.nowMs, isLatched })) effects.trimmed();
  const contact = carryOut(state, decision, deciding, effects);
  const steps = policy.campaigns.get(contact?.campaign ?? '')?.steps ?? [];
  if (contact && beginPlan(dealings, contact, steps)) effects.trimmed();
  for (const shadow of shadows) effects.decided(recordOf(shadow, recordingOf(state, deciding)));
}

/** What a customer's decisions are made on. */
export function basisOf(
  dealings: Dealings,
  { scope, context, surroundings }: Omit<Deciding, 'trigger'>,
  effects: EffectCollector,
): DecisionBasis {
  return {
    ledger: dealings.contacts,
    policy: surroundings.policy,
    scope,
    standing: shardStandingOf(context, surroundings, effects),
    history: dealingsForDeciding(dealings),
  };
}

export interface Deciding {
  readonly trigger: Pick<CompiledTrigger, 'reason'>;
  readonly scope: Scope;
  readonly context: StepContext;
  readonly surroundings: Surroundings;
}

/** Reserves what was decided, takes what it costs, enrols, and hands the record out. Answers the contact, or the ghost of one. */
export function carryOut(
  state: CustomerState,
  decision: Decision,
  deciding: Deciding,
  effects: EffectCollector,
): Contact | undefined {
  const { context, surroundings } = deciding;
  const { policy } = surroundings;
  const dealings = state.dealings.change();
  const record = recordOf(decision, recordingOf(state, deciding));
  const contact = reserve(dealings, record);
  enrolBy(dealings, record, effects);
  if (contact) {
    countContact(dealings, contact.campaign);
    settleSpending(undefined, contact, policy, effects);
  }
  askForBudgets(decision, context, surroundings, effects);
  if (trimContacts(dealings, decision.decidedAt, policy.contactPolicy)) effects.trimmed();
  effects.decided(record);
  return contact;
}

function recordingOf(state: CustomerState, { trigger, scope, surroundings }: Deciding) {
  const facts = state.facts.read();
  return {
    trigger,
    scope,
    policy: surroundings.policy,
    customerId: state.customerId,
    language: textOf(facts, 'language') ?? 'en',
    accountManager: textOf(facts, 'accountManager') ?? '',
  };
}
