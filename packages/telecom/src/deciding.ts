import { type CustomerFacts, decide } from '@holdfast/decisions';
import type { StepContext } from '@holdfast/engine';
import type { CompiledTrigger, Scope } from '@holdfast/policy';
import { activeExclusions, isComplaintOpen, textOf } from './attributes.ts';
import { consentTo } from './consent.ts';
import { reserve, trimContacts } from './contacts.ts';
import { CAPS, type CustomerState, type Dealings } from './customer-state.ts';
import { recordOf } from './decision-record.ts';
import type { EffectCollector } from './effects.ts';
import { markFired } from './firings.ts';
import { type Surroundings, timeZoneOf } from './scope.ts';

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
    trigger,
    occasion,
    step: 'first',
    nowMs: context.nowMs,
    evidence: trigger.when.explain(fired.triggerScope),
    customer: factsForDeciding(state),
  };
  const decision = decide(request, dealings.contacts, policy, scope);
  const record = recordOf(decision, {
    customerId: state.customerId,
    trigger,
    language: textOf(state.facts.read(), 'language') ?? 'en',
    policy,
    scope,
  });
  reserve(dealings, decision);
  if (decision.enrolment) enrol(dealings, { ...decision.enrolment, at: context.nowMs });
  const isLatched = trigger.latches.length > 0;
  if (markFired(dealings, { trigger: trigger.id, occasion, at: context.nowMs, isLatched })) effects.trimmed();
  if (trimContacts(dealings, context.nowMs, policy.contactPolicy)) effects.trimmed();
  effects.decided(record);
}

/** Freezes the arm at the first enrolment; later ones change nothing. */
export function enrol(dealings: Dealings, enrolment: Dealings['enrolments'][number]): void {
  if (dealings.enrolments.some((known) => known.campaign === enrolment.campaign)) return;
  dealings.enrolments.push(enrolment);
  if (dealings.enrolments.length > CAPS.enrolments) dealings.enrolments.shift();
}

function factsForDeciding(state: CustomerState): CustomerFacts {
  const facts = state.facts.read();
  const { enrolments } = state.dealings.read();
  return {
    customerId: state.customerId,
    timeZone: timeZoneOf(state),
    exclusions: activeExclusions(facts),
    isComplaintOpen: isComplaintOpen(facts),
    consent: (channel, purpose) => consentTo(facts, channel, purpose),
    enrolledArm: (campaign) => enrolments.find((enrolment) => enrolment.campaign === campaign)?.arm,
  };
}
