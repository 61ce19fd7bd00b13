import { type Candidate, contactIdOf, decide, type ShardStanding } from '@holdfast/decisions';
import type { CompiledPolicy, Scope } from '@holdfast/policy';
import { AGENT_REQUEST, isComplaintOpen } from './attributes.ts';
import { type CustomerPlace, placeIn } from './customer-place.ts';
import type { Contact, CustomerState } from './customer-state.ts';
import { dealingsForDeciding, factsForDeciding } from './facts-for-deciding.ts';
import { textOf } from './lines.ts';
import type { Recommendation, RecommendationContext, RecommendedAction, ServiceFirst } from './recommendation.ts';
import { type StandingOccasion, standingOccasions } from './request-occasions.ts';
import { pendingContacts, pendingFor, rank } from './request-ranking.ts';
import { customerScope, cycleOf, type Surroundings, surroundingsOf } from './scope.ts';
import { decodeCustomerState } from './state-codec.ts';
import { fillIn, inLanguage } from './text.ts';

/** The customer as he is read from outside his shard. */
export interface RecommendedTo {
  readonly customerId: string;
  readonly state: Buffer;
  readonly policy: CompiledPolicy;
  readonly standing: ShardStanding;
}

export interface Recommended {
  readonly recommendation: Recommendation;
  readonly place: CustomerPlace;
  /** Contact ids of actions whose reason was known when it was decided, and is not any more: `withDecidedReasons` has it. */
  readonly unsaid: readonly string[];
}

const STEP = 'request';
const DAY_MS = 86_400_000;
const SERVICE_REASONS: readonly string[] = ['complaint', 'fault'];

/**
 * What to offer a customer who is there. The decision is `decide`'s, with the customer taken as one who came himself, among
 * the campaigns that have an occasion (`standingOccasions`); a campaign's control group holds. Nothing is reserved: what is presented
 * comes back as an event. Pure. Throws RangeError on a state of a later release.
 */
export function recommend(customer: RecommendedTo, context: RecommendationContext): Recommended {
  const { policy } = customer;
  const state = decodeCustomerState(customer.customerId, customer.state);
  const surroundings = surroundingsFor(policy);
  const facts = state.facts.read();
  const language = context.language ?? textOf(facts, 'language') ?? 'en';
  const serviceFirst = serviceFirstOf(isComplaintOpen(facts), context);
  const scope = scopeOf(state, context.nowMs, serviceFirst, surroundings);
  const dealings = state.dealings.read();
  const { nowMs, channel, reason, agent, requestId } = context;
  const request = { channel, reason, agent, interactionId: requestId };
  const occasions = standingOccasions({ policy, scope, firings: dealings.firings, nowMs, request, language });
  const history = dealingsForDeciding(dealings);
  const decision = decide(
    {
      origin: 'agent',
      trigger: { id: AGENT_REQUEST, freshnessMs: DAY_MS },
      occasion: requestId,
      step: STEP,
      nowMs,
      evidence: [],
      customer: { ...factsForDeciding(state), isComplaintOpen: serviceFirst !== null },
      campaigns: [...occasions.keys()],
      channels: [channel],
      isReactive: true,
    },
    { ledger: dealings.contacts, policy, scope, standing: customer.standing, history },
  );
  const pending = pendingContacts(dealings.contacts, context);
  const ranking = rank(decision, {
    context,
    policy,
    customerId: customer.customerId,
    pending,
    enrolment: history.enrolment,
  });
  const { probability } = decision;
  const telling = { context, customer, scope, language, occasions, pending, probability };
  const told = ranking.open.map((one) => actionOf(one, telling));
  return {
    recommendation: {
      requestId,
      customerId: customer.customerId,
      decidedAt: nowMs,
      asOfMs: scope.asOfMs,
      lastEventAt: state.lastEventAt || null,
      policyVersion: policy.version,
      currency: policy.currency,
      channel,
      language,
      serviceFirst,
      exclusions: decision.exclusions,
      segment: decision.segment,
      actions: told.map(({ action }) => action),
      lost: ranking.lost,
    },
    place: placeIn(scope, policy),
    unsaid: told.filter(({ isUnsaid }) => isUnsaid).map(({ action }) => action.contactId),
  };
}

const SURROUNDINGS = new WeakMap<CompiledPolicy, Surroundings>();

/** Filled anew for each customer, within one turn of the event loop. */
function surroundingsFor(policy: CompiledPolicy): Surroundings {
  let known = SURROUNDINGS.get(policy);
  if (known === undefined) {
    known = surroundingsOf(policy);
    SURROUNDINGS.set(policy, known);
  }
  return known;
}

function serviceFirstOf(isOpen: boolean, { reason }: RecommendationContext): ServiceFirst | null {
  if (isOpen) return 'complaint-open';
  return SERVICE_REASONS.some((code) => reason === code || reason.startsWith(`${code}-`)) ? 'reason' : null;
}

/** Who calls to complain has a complaint open, whether it was filed yet or not. */
function scopeOf(
  state: CustomerState,
  nowMs: number,
  serviceFirst: ServiceFirst | null,
  surroundings: Surroundings,
): Scope {
  const asOfMs = Math.max(nowMs, state.lastEventAt);
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs, cycle }, surroundings);
  if (serviceFirst !== 'reason') return scope;
  return { ...scope, attribute: (name) => (name === 'complaint_open' ? true : scope.attribute(name)) };
}

interface Telling {
  readonly context: RecommendationContext;
  readonly customer: RecommendedTo;
  readonly scope: Scope;
  readonly language: string;
  readonly occasions: ReadonlyMap<string, StandingOccasion>;
  readonly pending: readonly Contact[];
  /** With which the decision chose its winner. */
  readonly probability: number;
}

function actionOf(
  candidate: Candidate,
  { context, customer, scope, language, occasions, pending, probability }: Telling,
): { readonly action: RecommendedAction; readonly isUnsaid: boolean } {
  const { policy, customerId } = customer;
  const { campaign, offer, category, kind, channel, score, propensity } = candidate;
  const plan = policy.offers.get(offer);
  const occasion = occasions.get(campaign);
  const held = pendingFor(candidate, pending);
  // What comes of a ghost is what comes of nothing: it has no answers.
  const decided = held?.status === 'ghost' ? undefined : held;
  const title = inLanguage(plan?.title ?? {}, language);
  const script = inLanguage(policy.scripts.get(plan?.script ?? '')?.text ?? {}, language);
  const action: RecommendedAction = {
    contactId: decided?.contactId ?? requestedContactId(candidate, customerId, context.requestId),
    campaign,
    offer,
    category,
    kind,
    channel,
    title: title ? fillIn(title.text, scope) : offer,
    script: script ? fillIn(script.text, scope) : '',
    language: script?.language ?? title?.language ?? language,
    trigger: occasion?.trigger ?? AGENT_REQUEST,
    reason: occasion?.reason ?? '',
    evidence: [...(occasion?.evidence ?? []), ...(plan?.eligible.explain(scope) ?? [])],
    expectedValueMinor: score,
    propensity,
    probability: candidate.lostBecause === undefined && decided === undefined ? probability : null,
    validUntil: decided?.validUntil ?? context.nowMs + (plan?.validForMs ?? 0),
    isPending: decided !== undefined,
    isAskedFor: context.askedFor.includes(offer),
  };
  // Another trigger may speak for the campaign by now than the one that the contact was decided on.
  const isOfOther = decided !== undefined && decided.trigger !== action.trigger;
  return { action, isUnsaid: isOfOther || occasion?.isOfEvent === true };
}

/** One request may lead to several contacts. */
function requestedContactId({ campaign, offer }: Candidate, customerId: string, requestId: string): string {
  return contactIdOf({ customerId, trigger: AGENT_REQUEST, occasion: requestId, step: `${campaign}/${offer}` });
}
