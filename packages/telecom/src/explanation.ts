import { type ShardStanding, UNBOUNDED } from '@holdfast/decisions';
import type { Due } from '@holdfast/engine';
import { type Campaign, type CompiledPolicy, isRunning } from '@holdfast/policy';
import type { CustomerState } from './customer-state.ts';
import { type DecisionStanding, explainOffers } from './offer-explanation.ts';
import { type EnrolmentStanding, explainEnrolment, explainPlan, type PlanStanding } from './plan-explanation.ts';
import { type Surroundings, surroundingsOf, timeZoneOf } from './scope.ts';
import { nextSilence } from './silence.ts';
import { decodeCustomerState } from './state-codec.ts';
import { readTrigger, type TriggerStanding } from './trigger-explanation.ts';

/** Why a customer gets an offer or none, as his state and the policy stand. Times in ms since the epoch. */
export interface Explanation {
  readonly customerId: string;
  readonly policyVersion: string;
  /** Limits, quiet hours and consent are looked at as of then; conditions as of `asOfMs` of their trigger. */
  readonly nowMs: number;
  readonly lastEventAt: number | null;
  readonly timeZone: string;
  readonly campaigns: readonly CampaignStanding[];
  /** The silence that is due next, of whichever campaign. */
  readonly nextSilence: Exclude<Due['eventTime'], undefined> | null;
}

export interface CampaignStanding {
  readonly campaign: string;
  readonly stage: Campaign['stage'];
  /** Null before the first enrolment. */
  readonly enrolled: EnrolmentStanding | null;
  /** The one under way, or else the last; null where he had none. */
  readonly plan: PlanStanding | null;
  readonly triggers: readonly ExplainedTrigger[];
}

export interface ExplainedTrigger extends TriggerStanding {
  /** The first thing that stops this trigger from reaching the customer. */
  readonly stoppedBy: TriggerStop;
  /** What would be decided if it fired now; null where no campaign that is decided on lists it. */
  readonly decision: DecisionStanding | null;
}

/**
 * In the order in which it is met: the campaign decides nothing in its stage, or today; no timer runs; the trigger had its
 * turn on this occasion; a condition is not true; the decision is against every offer. `waits` is nothing of these: the next
 * event, or the timer, fires it.
 */
export type TriggerStop = 'stage' | 'dates' | 'no-timer' | 'had-its-turn' | 'condition' | 'decision' | 'waits';

export interface ExplanationOptions {
  readonly nowMs: number;
  /** Without it no budget is used up, and every slot is free. */
  readonly standing?: ShardStanding | undefined;
  /** Only this one of each; all of the policy otherwise. */
  readonly campaign?: string | undefined;
  readonly trigger?: string | undefined;
  readonly offer?: string | undefined;
}

/** Explains a stored state under a policy. Throws on a layout of a later release. Changes nothing. */
export function explainCustomer(
  customerId: string,
  stateBytes: Buffer,
  policy: CompiledPolicy,
  { nowMs, campaign, trigger, offer, standing = UNBOUNDED }: ExplanationOptions,
): Explanation {
  const state = decodeCustomerState(customerId, stateBytes);
  const surroundings = surroundingsOf(policy);
  const wanted = [...policy.campaigns.values()].filter(
    ({ id, triggers, offers }) =>
      (campaign === undefined || id === campaign) &&
      (trigger === undefined || triggers.includes(trigger)) &&
      (offer === undefined || offers.includes(offer)),
  );
  return {
    customerId,
    policyVersion: policy.version,
    nowMs,
    lastEventAt: state.lastEventAt || null,
    timeZone: timeZoneOf(state),
    campaigns: wanted.map((one) =>
      explainCampaign(state, one, { surroundings, nowMs, trigger, offer, shard: standing }),
    ),
    nextSilence: nextSilence(state, policy) ?? null,
  };
}

interface Looking {
  readonly surroundings: Surroundings;
  readonly nowMs: number;
  readonly trigger: string | undefined;
  readonly offer: string | undefined;
  readonly shard: ShardStanding;
}

function explainCampaign(state: CustomerState, campaign: Campaign, looking: Looking): CampaignStanding {
  const dealings = state.dealings.read();
  return {
    campaign: campaign.id,
    stage: campaign.stage,
    enrolled: explainEnrolment(dealings, campaign.id),
    plan: explainPlan(dealings, campaign),
    triggers: [...new Set(campaign.triggers)]
      .filter((id) => looking.trigger === undefined || id === looking.trigger)
      .flatMap((id) => explainTrigger(state, campaign, id, looking)),
  };
}

function explainTrigger(
  state: CustomerState,
  campaign: Campaign,
  id: string,
  { surroundings, nowMs, offer, shard }: Looking,
): readonly ExplainedTrigger[] {
  const { policy } = surroundings;
  const trigger = policy.triggers.get(id);
  if (trigger === undefined) return [];
  const { standing, scope } = readTrigger(state, trigger, surroundings);
  const isDecidedOn = policy.campaignsFor(id).some((known) => known.id === campaign.id);
  const decision = isDecidedOn ? explainOffers(state, { trigger, scope, nowMs, shard }, surroundings) : null;
  const own = decision && { ...decision, offers: decision.offers.filter((offer) => offer.campaign === campaign.id) };
  const stoppedBy = own && !isRunning(campaign, nowMs) ? 'dates' : stopOf(standing, own);
  // What stops the trigger is the whole contest's to say.
  const shown = own && offer !== undefined ? { ...own, offers: own.offers.filter((one) => one.offer === offer) } : own;
  return [{ ...standing, stoppedBy, decision: shown }];
}

function stopOf(standing: TriggerStanding, decision: DecisionStanding | null): TriggerStop {
  if (decision === null) return 'stage';
  if (standing.waitsFor.kind !== 'event' && standing.wait === null) return 'no-timer';
  if (standing.turnAtMs !== null) return 'had-its-turn';
  if (!mayBeTrue(standing)) return 'condition';
  return decision.offers.some(({ lostBecause }) => lostBecause === null) && decision.outcome === 'contact'
    ? 'waits'
    : 'decision';
}

/** What only the event can tell is left open. */
function mayBeTrue({ truth, conditions }: TriggerStanding): boolean {
  if (truth === 'true') return true;
  const readsEvent = ({ values }: TriggerStanding['conditions'][number]) =>
    Object.keys(values).some((name) => name.startsWith('event.'));
  return conditions.every((item) => item.truth === 'true' || (item.truth === 'unknown' && readsEvent(item)));
}
