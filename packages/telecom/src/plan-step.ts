import { type Candidate, type Decision, type DecisionRequest, decide } from '@holdfast/decisions';
import type { StepContext } from '@holdfast/engine';
import { type Campaign, type CompiledPolicy, type CompiledTrigger, isRunning } from '@holdfast/policy';
import type { CampaignPlan, CustomerState, Dealings } from './customer-state.ts';
import { basisOf, carryOut } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { factsForDeciding } from './facts-for-deciding.ts';
import { fallbackChannels } from './plan-answers.ts';
import { endPlan, hasDone, isUnderWay, moveOn, type StopReason, stopReason, waitForNext } from './plan-life.ts';
import { customerScope, cycleOf, type Surroundings } from './scope.ts';
import { stepName } from './step-name.ts';

/** When a plan of the customer wants its next turn, ms; undefined when none is under way. */
export function nextTurn({ plans }: Dealings): number | undefined {
  let first: number | undefined;
  for (const plan of plans) {
    if (isUnderWay(plan) && (first === undefined || plan.dueAt < first)) first = plan.dueAt;
  }
  return first;
}

/** Takes the turns of plans that are due: each decides one step, or leaves it out, or ends. */
export function answerPlans(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const { nowMs } = context;
  const first = nextTurn(state.dealings.read());
  if (first === undefined || first > nowMs) return;
  for (const plan of state.dealings.change().plans) {
    if (isUnderWay(plan) && plan.dueAt <= nowMs) takeTurn(state, plan, { context, surroundings, effects });
  }
}

interface Turning {
  readonly context: StepContext;
  readonly surroundings: Surroundings;
  readonly effects: EffectCollector;
}

function takeTurn(state: CustomerState, plan: CampaignPlan, turning: Turning): void {
  const { nowMs } = turning.context;
  const dealings = state.dealings.change();
  const campaign = turning.surroundings.policy.campaigns.get(plan.campaign);
  const end = plan.next === 'end' ? 'completed' : endOf(campaign, nowMs);
  if (end || !campaign) {
    endPlan(dealings, plan, end ?? 'no-campaign', nowMs);
    return;
  }
  const request = requestOf(dealings, plan, campaign);
  if (request) decideTurn(state, plan, { ...turning, campaign, request });
  else leaveOut(dealings, plan, campaign, nowMs);
}

/** What a campaign began that has left the policy, its stage or its days is not gone on with. */
function endOf(campaign: Campaign | undefined, nowMs: number): StopReason | undefined {
  const isOpen = campaign && (campaign.stage === 'live' || campaign.stage === 'canary');
  return isOpen && isRunning(campaign, nowMs) ? undefined : 'no-campaign';
}

type TurnRequest = Required<Pick<DecisionRequest, 'step' | 'channels'>> & Pick<DecisionRequest, 'offers'>;

/** What the turn asks for, the plan being moved on to it; undefined where it is to be left out. */
function requestOf(dealings: Dealings, plan: CampaignPlan, { steps }: Campaign): TurnRequest | undefined {
  const last = dealings.contacts.find(({ contactId }) => contactId === plan.lastContactId);
  if (plan.next === 'step') {
    plan.stepIndex += 1;
    plan.attempt = 1;
    const step = steps[plan.stepIndex];
    if (!step || (step.unless && hasDone(step.unless, dealings, plan))) return undefined;
    const asked = { step: nameOf(plan), channels: [step.channel, ...step.fallback] };
    return step.offers ? { ...asked, offers: step.offers } : asked;
  }
  if (!last) return undefined;
  plan.attempt += 1;
  const channels = plan.next === 'reminder' ? [last.channel] : fallbackChannels(steps[plan.stepIndex], last.channel);
  return { step: nameOf(plan), channels, offers: [plan.offer] };
}

function nameOf({ stepIndex, attempt, next }: CampaignPlan): string {
  return stepName({ stepIndex, attempt, next: next === 'end' ? 'step' : next });
}

interface Deciding extends Turning {
  readonly campaign: Campaign;
  readonly request: TurnRequest;
}

function decideTurn(state: CustomerState, plan: CampaignPlan, deciding: Deciding): void {
  const { context, surroundings, effects, campaign, request } = deciding;
  const { policy } = surroundings;
  const dealings = state.dealings.change();
  const asOfMs = Math.max(plan.dueAt, state.lastEventAt);
  const scope = customerScope(state, { asOfMs, cycle: cycleOf(state, asOfMs, surroundings.calendar) }, surroundings);
  const trigger = triggerOf(plan, policy);
  const decision = decide(
    {
      ...request,
      ...{ origin: 'step', trigger, occasion: plan.occasion, nowMs: context.nowMs, evidence: [] },
      ...{ customer: factsForDeciding(state), campaigns: [plan.campaign] },
    },
    basisOf(dealings, { scope, context, surroundings }, effects),
  );
  const contact = carryOut(state, decision, { trigger, scope, context, surroundings }, effects);
  if (contact) {
    moveOn(plan, contact);
    waitForNext(dealings, plan, campaign.steps);
    return;
  }
  const stop = stopOf(decision, plan.campaign);
  if (stop) endPlan(dealings, plan, stop, context.nowMs);
  else leaveOut(dealings, plan, campaign, context.nowMs);
}

/** The next step counts from now: nothing was sent from which it could. */
function leaveOut(dealings: Dealings, plan: CampaignPlan, { steps }: Campaign, nowMs: number): void {
  if (plan.next === 'step') plan.lastSendAt = Math.max(plan.lastSendAt, nowMs);
  waitForNext(dealings, plan, steps);
}

/** The plan goes on where its trigger has left the policy: what began it happened. */
function triggerOf(plan: CampaignPlan, policy: CompiledPolicy): Pick<CompiledTrigger, 'id' | 'freshnessMs' | 'reason'> {
  const known = policy.triggers.get(plan.trigger);
  return known ?? { id: plan.trigger, freshnessMs: DEFAULT_FRESHNESS_MS, reason: {} };
}

const DEFAULT_FRESHNESS_MS = 3_600_000;

/** Of an offer that this turn does not make nothing follows for the plan. */
const NOT_ASKED_FOR: readonly Candidate['lostBecause'][] = ['not-in-step', 'other-variant', 'no-channel'];

/** Why the plan is over: each offer that it could have made is lost for good. */
function stopOf({ outcome, candidates }: Decision, campaign: string): StopReason | undefined {
  if (outcome.kind !== 'suppressed') return undefined;
  if (outcome.reason === 'no-campaign') return outcome.reason;
  const asked = candidates.filter(
    (candidate) => candidate.campaign === campaign && !NOT_ASKED_FOR.includes(candidate.lostBecause),
  );
  const stops = asked.map(({ lostBecause }) => stopReason(lostBecause));
  return stops.every((stop) => stop !== undefined) ? stops[0] : undefined;
}
