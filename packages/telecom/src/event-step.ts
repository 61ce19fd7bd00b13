import type { Effects, StepContext } from '@holdfast/engine';
import type { Event, EventOf } from '@holdfast/events';
import { attribute } from './attribution.ts';
import { type OutcomeEvent, settle } from './contact-life.ts';
import { asRebuilt, countOutcome, newsOf } from './contact-outcomes.ts';
import { trimContacts } from './contacts.ts';
import { CAPS, type CustomerState, type LastSeen } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { type FollowedEvent, followEnrolments, noteAcceptance } from './enrolment-outcomes.ts';
import type { EventPlan } from './event-plan.ts';
import { fireTriggers } from './event-triggers.ts';
import { reduceFacts } from './facts.ts';
import { followUpKpis } from './follow-ups.ts';
import { UNIVERSAL } from './kpis.ts';
import { knownSince } from './lines.ts';
import { followContact, stopPlans } from './plan-answers.ts';
import { type LatchedTrigger, type Primer, primeAdded, primeLatches } from './priming.ts';
import { type RecentLimits, remember, type Seen } from './recent-events.ts';
import { customerScope, cycleOf, type Surroundings, slotsOf } from './scope.ts';
import { settleSpending } from './spending.ts';
import { keepTier } from './value-tier.ts';
import { countWork } from './work-outcomes.ts';

export interface EventSurroundings extends Surroundings {
  readonly recentLimits: RecentLimits;
  /** Another policy may have been in force before in the shard. */
  readonly isPublished: boolean;
}

/** An event with what is to be done with it. */
export interface ToldEvent {
  readonly event: Event;
  readonly isLate: boolean;
  readonly plan: EventPlan;
  /** Undefined where no latch came into force while customers lived. */
  readonly primer: Primer | undefined;
  /** All of the policy. */
  readonly latched: readonly LatchedTrigger[];
}

/** Folds one event into the profile, and answers the triggers it fires. */
export function stepEvent(
  state: CustomerState,
  told: ToldEvent,
  context: StepContext,
  surroundings: EventSurroundings,
  effects: EffectCollector,
): Effects {
  const { event, isLate, plan } = told;
  if (told.primer) primeLatches(state, event, told.primer, surroundings);
  if (plan.isAggregate || plan.board) primeAdded(state, event, told.latched, surroundings);
  // Facts are last-writer-wins: a repetition changes nothing, so only what is added up is checked for duplicates.
  const reduced = reduceFacts(event, state.facts);
  if (reduced) state.glance = undefined;
  if (reduced?.isTrimmed) effects.trimmed();
  if (reduced) stopPlans(state, event);
  if (plan.isWork) settleWork(state, event as EventOf<'WorkItemChanged'>, effects);
  if (plan.isAboutContact) settleContact(state, event as OutcomeEvent, context, surroundings, effects);
  if (plan.isAggregate) {
    const seen = rememberIn(state, event, surroundings, effects);
    if (seen === 'duplicate') return effects.finish(seen);
    if (seen === 'unverifiable') return effects.finish(seen, 'set-aside');
    if (event.occurredAt > state.lastEventAt) state.lastEventAt = event.occurredAt;
  }
  if (plan.isKept) effects.keep();
  if (plan.isWork) noteFollowUp(state, event as EventOf<'WorkItemChanged'>, plan, surroundings, effects);
  if (plan.isOutcome) noteOutcome(state, event, plan, surroundings, effects);
  const isTooLate = foldFeatures(state, told, context, surroundings);
  if (surroundings.isPublished && state.lastSeen.length > 0) forgetUnawaited(state, plan);
  if (plan.awaited.length > 0) noteAwaited(state, event, plan, effects);
  if (surroundings.policy.tiers.length > 0) settleTier(state, event, context, surroundings, effects);
  fireTriggers(state, told, context, surroundings, effects);
  return isLate || isTooLate ? effects.finish('late', 'folded') : effects.finish('folded');
}

/** Answers whether it is too late for a feature. A line's activation covers all from then on, though none reads it. */
function foldFeatures(
  state: CustomerState,
  { event, plan: { isAggregate } }: ToldEvent,
  { nowMs }: StepContext,
  { policy, calendar }: Surroundings,
): boolean {
  if (!isAggregate && !isFirstActivation(state, event)) return false;
  // No feature is fed by an activation, so none asks for its cycle, which may be years back.
  const cycleStartMs = isAggregate ? cycleOf(state, event.occurredAt, calendar).startMs : 0;
  FOLDED.atMs = event.occurredAt;
  FOLDED.cycleStartMs = cycleStartMs;
  // A source with a fast clock may have told of later events before this one.
  FOLDED.foldedAtMs = Math.max(nowMs, state.lastEventAt);
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  return !policy.features.fold(slotsOf(state, policy), event.type, fields, FOLDED);
}

/** Filled and read within one call: one of its own for each event would only be collected. */
const FOLDED = { atMs: 0, cycleStartMs: 0, foldedAtMs: 0 };

function settleTier(
  state: CustomerState,
  event: Event,
  { nowMs }: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const asOfMs = Math.max(event.occurredAt, state.lastEventAt);
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  keepTier(state, customerScope(state, { asOfMs, cycle }, surroundings), nowMs, effects);
}

function isFirstActivation(state: CustomerState, event: Event): boolean {
  return event.type === 'SubscriptionActivated' && knownSince(state.facts.read()) === event.occurredAt;
}

/**
 * What an earlier policy waited for is not followed on. Kept, it would be taken for a silence, or for a wait without an
 * answer, by the next policy that waits for it. Whom nothing happened to in between has kept it, and it is true of him.
 */
function forgetUnawaited(state: CustomerState, { awaitedKeys }: EventPlan): void {
  if (state.lastSeen.every(({ type }) => awaitedKeys.has(type))) return;
  state.lastSeen = state.lastSeen.filter(({ type }) => awaitedKeys.has(type));
}

function noteAwaited(
  state: CustomerState,
  event: Event,
  { awaited, awaitedKeys }: EventPlan,
  effects: EffectCollector,
): void {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  for (const { key, matches } of awaited) {
    if (matches === undefined || matches(fields)) {
      noteSeen(state, { type: key, at: event.occurredAt, source: event.source }, awaitedKeys, effects);
    }
  }
}

function noteSeen(
  state: CustomerState,
  { type, at, source }: LastSeen,
  awaitedKeys: ReadonlySet<string>,
  effects: EffectCollector,
): void {
  const known = state.lastSeen.find((seen) => seen.type === type);
  if (!known) {
    state.lastSeen.push({ type, at, source });
    // By type: whoever was told the same in another order is stored the same.
    state.lastSeen.sort((a, b) => (a.type < b.type ? -1 : 1));
    if (state.lastSeen.length > CAPS.lastSeen) forgetSeen(state, awaitedKeys, effects);
    return;
  }
  const isLater = at > known.at || (at === known.at && source > known.source);
  if (!isLater) return;
  known.at = at;
  known.source = source;
}

/** What an earlier policy waited for goes first: its names are asked for by nobody. */
function forgetSeen(state: CustomerState, awaitedKeys: ReadonlySet<string>, effects: EffectCollector): void {
  const isNeeded = ({ type }: LastSeen) => Number(awaitedKeys.has(type));
  const oldest = state.lastSeen.reduce((a, b) => ((isNeeded(b) - isNeeded(a) || b.at - a.at) < 0 ? b : a));
  state.lastSeen.splice(state.lastSeen.indexOf(oldest), 1);
  effects.trimmed();
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
  const { isRebuilt } = settlement;
  const contact = isRebuilt ? asRebuilt(settlement.contact, dealings, policy, context.nowMs) : settlement.contact;
  const news = newsOf(event);
  if (news) for (const kpi of countOutcome(dealings, contact, news)) effects.count(kpi);
  if (event.type === 'OfferAccepted') {
    const everything = contact.kind === 'marketing' ? [UNIVERSAL] : [];
    noteAcceptance(dealings, [contact.campaign, ...everything], event.occurredAt);
  }
  settleSpending(settlement.before, settlement.contact, policy, effects);
  followContact(dealings, { ...settlement, event, nowMs: context.nowMs, policy });
  if (trimContacts(dealings, context.nowMs, policy.contactPolicy)) effects.trimmed();
}

function settleWork(state: CustomerState, event: EventOf<'WorkItemChanged'>, effects: EffectCollector): void {
  if (event.contactId === '') return;
  for (const kpi of countWork(state.dealings.change(), event)) effects.count(kpi);
}

/** Whether the customer's state has seen the event before; what it had to forget for this one is told. */
function rememberIn(
  { recent, lastEventAt }: CustomerState,
  event: Event,
  { recentLimits }: EventSurroundings,
  effects: EffectCollector,
): Seen {
  const seen = remember(recent, event, Math.max(lastEventAt, event.occurredAt), recentLimits);
  if (seen === 'crowded') effects.trimmed();
  return seen;
}

/** Each change counts, so it is checked for duplicates, unless it was because a feature adds it up. */
function noteFollowUp(
  state: CustomerState,
  event: EventOf<'WorkItemChanged'>,
  { isAggregate }: EventPlan,
  surroundings: EventSurroundings,
  effects: EffectCollector,
): void {
  if (event.followUpId === '') return;
  const kpis = followUpKpis(event);
  if (kpis.length === 0) return;
  if (!isAggregate) {
    const seen = rememberIn(state, event, surroundings, effects);
    if (seen === 'duplicate' || seen === 'unverifiable') return;
  }
  for (const kpi of kpis) effects.count(kpi);
}

/** What the customer did of his own accord, for the campaigns he is enrolled in and for the contact that reached him last. */
function noteOutcome(
  state: CustomerState,
  event: Event,
  plan: EventPlan,
  { policy, recentLimits }: EventSurroundings,
  effects: EffectCollector,
): void {
  const { currency, isAggregate } = plan;
  if (plan.isFollowed) {
    followEnrolments(state, event as FollowedEvent, { currency, recentLimits, isKnownNew: isAggregate });
  }
  if (plan.isConversion) for (const kpi of attribute(state, event, policy.campaigns)) effects.count(kpi);
}
