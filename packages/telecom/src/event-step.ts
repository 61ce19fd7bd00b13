import type { Effects, EventIdentity, StepContext } from '@holdfast/engine';
import type { Event } from '@holdfast/events';
import { knownSince } from './attributes.ts';
import { type OutcomeEvent, settle, trimContacts } from './contacts.ts';
import { CAPS, type CustomerState } from './customer-state.ts';
import { answerTrigger } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { reduceFacts } from './facts.ts';
import { hasFired, latchedScope, rearm, shutAgain } from './firings.ts';
import { ageOf } from './freshness.ts';
import { contactKpi } from './kpis.ts';
import { occasionOf } from './occasion.ts';
import { type RecentLimits, remember } from './recent-events.ts';
import { customerScope, cycleOf, type Surroundings, slotsOf, timeZoneOf } from './scope.ts';

export interface EventSurroundings extends Surroundings {
  readonly recentLimits: RecentLimits;
}

/** Folds one event into the profile, and answers the triggers it fires. */
export function stepEvent(
  state: CustomerState,
  stimulus: { readonly event: Event; readonly identity: EventIdentity; readonly isLate: boolean },
  context: StepContext,
  surroundings: EventSurroundings,
  effects: EffectCollector,
): Effects {
  const { event, isLate } = stimulus;
  const { policy, recentLimits } = surroundings;
  // Facts are last-writer-wins: a repetition changes nothing, so only what is added up is checked for duplicates.
  if (reduceFacts(event, state.facts.change)?.isTrimmed) effects.trimmed();
  if (isAboutContact(event)) settleContact(state, event, context, surroundings, effects);
  const isAggregate = policy.features.fedBy(event.type).length > 0;
  if (isAggregate) {
    const seen = remember(state.recent, event, Math.max(state.lastEventAt, event.occurredAt), recentLimits);
    if (seen !== 'new') return effects.finish(seen);
    state.lastEventAt = Math.max(state.lastEventAt, event.occurredAt);
  }
  const isTooLate = foldFeatures(state, event, isAggregate, surroundings);
  if (policy.absencesOf(event.type).length > 0) noteSeen(state, event, effects);
  fireTriggers(state, event, context, surroundings, effects);
  return effects.finish(isLate || isTooLate ? 'late' : 'folded');
}

/** A line's activation covers its features from then on, though none of them reads it. */
function foldFeatures(state: CustomerState, event: Event, isAggregate: boolean, surroundings: Surroundings): boolean {
  const { policy, calendar } = surroundings;
  if (!isAggregate && !isFirstActivation(state, event)) return false;
  const tooLate: string[] = [];
  // No feature is fed by an activation, so none asks for its cycle, which may be years back.
  const cycleStartMs = isAggregate ? cycleOf(state, event.occurredAt, calendar).startMs : 0;
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  policy.features.fold(slotsOf(state, policy), event.type, fields, { atMs: event.occurredAt, cycleStartMs, tooLate });
  return tooLate.length > 0;
}

function isFirstActivation(state: CustomerState, event: Event): boolean {
  return event.type === 'SubscriptionActivated' && knownSince(state.facts.read()) === event.occurredAt;
}

function noteSeen(state: CustomerState, event: Event, effects: EffectCollector): void {
  const known = state.lastSeen.find((seen) => seen.type === event.type);
  if (!known) {
    state.lastSeen.push({ type: event.type, at: event.occurredAt, source: event.source });
    if (state.lastSeen.length > CAPS.lastSeen) {
      state.lastSeen.shift();
      effects.trimmed();
    }
    return;
  }
  const isLater = event.occurredAt > known.at || (event.occurredAt === known.at && event.source > known.source);
  if (!isLater) return;
  known.at = event.occurredAt;
  known.source = event.source;
}

function fireTriggers(
  state: CustomerState,
  event: Event,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const triggers = surroundings.policy.triggersOn(event.type);
  if (triggers.length === 0) return;
  const age = ageOf({ source: event.source, type: event.type, atMs: event.occurredAt }, context);
  // A late event must not hide what came after it: conditions see the customer as of his latest event.
  const asOfMs = Math.max(event.occurredAt, state.lastEventAt);
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  const scope = customerScope(state, { asOfMs, cycle, event: fields }, surroundings);
  const occurrence = { asOfMs, cycle, timeZone: timeZoneOf(state), event: fields, silenceStartMs: asOfMs };
  for (const trigger of triggers) {
    rearm(state, trigger, scope);
    if (age > trigger.freshnessMs) continue;
    const occasion = () => occasionOf(trigger, occurrence);
    const triggerScope = latchedScope(state, trigger, scope, occasion);
    if (trigger.when.evaluate(triggerScope) !== 'true') continue;
    const name = occasion();
    if (name === undefined) continue;
    if (hasFired(state.dealings.read(), trigger.id, name)) {
      shutAgain(state, trigger, name);
      continue;
    }
    answerTrigger(state, { trigger, occasion: name, scope, triggerScope }, context, surroundings, effects);
  }
}

function settleContact(
  state: CustomerState,
  event: OutcomeEvent,
  context: StepContext,
  { policy }: Surroundings,
  effects: EffectCollector,
): void {
  const dealings = state.dealings.change();
  const settlement = settle(dealings, event);
  if (settlement.kind === 'unrelated') return;
  effects.count(contactKpi(settlement.contact, outcomeName(event), event.occurredAt));
  if (trimContacts(dealings, context.nowMs, policy.contactPolicy)) effects.trimmed();
}

function outcomeName(event: OutcomeEvent): string {
  if (event.type === 'DeliveryReported') return event.status.toLowerCase();
  return event.type.replace(/^Offer/, '').toLowerCase();
}

const ABOUT_CONTACT: ReadonlySet<string> = new Set<OutcomeEvent['type']>([
  'DeliveryReported',
  'OfferPresented',
  'OfferAccepted',
  'OfferRejected',
  'OfferDeferred',
  'OfferFulfilled',
]);

function isAboutContact(event: Event): event is OutcomeEvent {
  return ABOUT_CONTACT.has(event.type);
}
