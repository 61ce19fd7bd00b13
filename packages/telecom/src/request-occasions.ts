import type { Campaign, CompiledPolicy, CompiledTrigger, Condition, EvidenceItem, Scope } from '@holdfast/policy';
import { AGENT_REQUEST } from './attributes.ts';
import type { Firing } from './customer-state.ts';
import { PRIMED } from './firings.ts';
import { fillIn, inLanguage } from './text.ts';

/** Why a campaign has something to say to a customer who is there. */
export interface StandingOccasion {
  /** The trigger that speaks for it; `agent_request` where it answers whoever asks. */
  readonly trigger: string;
  /** Its reason in the language asked for, facts filled in; empty where it has none. */
  readonly reason: string;
  readonly evidence: readonly EvidenceItem[];
  /** Reason or condition name fields of an event that is over: only what was decided on it can say them. */
  readonly isOfEvent: boolean;
}

/** What the request says of itself, as conditions of triggers on `ContactOpened` may read it. */
export type RequestFields = Readonly<Record<'channel' | 'reason' | 'agent' | 'interactionId', string>>;

export interface RequestMoment {
  readonly policy: CompiledPolicy;
  readonly scope: Scope;
  readonly firings: readonly Firing[];
  readonly nowMs: number;
  readonly request: RequestFields;
  readonly language: string;
}

/** Opens an inbound contact: an agent who asks says that the customer is there. */
const CONTACT_OPENED = 'ContactOpened';

/**
 * The occasion of each campaign that may contact and has one now. A campaign has one when it lists `agent_request`, or a trigger
 *
 * - on `ContactOpened` whose condition is true of this request,
 * - on another event whose condition is true of the customer as he is now, `crossed` meaning that the level is passed,
 * - that fired so short a time ago that what was offered then is still valid, unless its condition has become false.
 */
export function standingOccasions(moment: RequestMoment): ReadonlyMap<string, StandingOccasion> {
  const found = new Map<string, StandingOccasion>();
  const asked = requestScope(moment);
  for (const campaign of moment.policy.campaigns.values()) {
    if (campaign.stage !== 'live' && campaign.stage !== 'canary') continue;
    const occasion = occasionOf(campaign, moment, asked);
    if (occasion !== undefined) found.set(campaign.id, occasion);
  }
  return found;
}

function occasionOf(campaign: Campaign, moment: RequestMoment, asked: Scope): StandingOccasion | undefined {
  for (const id of campaign.triggers) {
    if (id === AGENT_REQUEST) return { trigger: id, reason: '', evidence: [], isOfEvent: false };
    const trigger = moment.policy.triggers.get(id);
    if (trigger === undefined) continue;
    const isOnRequest = trigger.on === CONTACT_OPENED;
    const scope = isOnRequest ? asked : presentScope(moment.scope);
    if (!stands(trigger, campaign, scope, moment)) continue;
    const reason = inLanguage(trigger.reason, moment.language)?.text ?? '';
    const evidence = trigger.when.explain(scope);
    const isOfEvent = !isOnRequest && (reason.includes('{event.') || namesEvent(evidence));
    return { trigger: id, reason: fillIn(reason, scope), evidence, isOfEvent };
  }
  return undefined;
}

function namesEvent(evidence: readonly EvidenceItem[]): boolean {
  return evidence.some(({ values }) => Object.keys(values).some((name) => name.startsWith('event.')));
}

function stands(trigger: CompiledTrigger, campaign: Campaign, scope: Scope, moment: RequestMoment): boolean {
  const truth = trigger.when.evaluate(scope);
  if (truth === 'false') return false;
  if (trigger.on === CONTACT_OPENED) return truth === 'true';
  if (truth === 'true' && trigger.on !== undefined && isAboutCustomer(trigger.when)) return true;
  return firedWithin(longestValidityMs(campaign, moment.policy), trigger.id, moment);
}

/** A trigger without a condition says that something happened, not how the customer is. */
function isAboutCustomer({ touches = [] }: Condition): boolean {
  return touches.some((name) => !name.startsWith('event.'));
}

function firedWithin(validMs: number, trigger: string, { firings, nowMs }: RequestMoment): boolean {
  return firings.some((firing) => firing.trigger === trigger && firing.at > nowMs - validMs && !isPrimed(firing));
}

/** Its latch was shut as it came into force: nothing happened to the customer. */
function isPrimed({ occasion }: Firing): boolean {
  return occasion.startsWith(PRIMED);
}

function longestValidityMs({ offers }: Campaign, policy: CompiledPolicy): number {
  return offers.reduce((longest, id) => Math.max(longest, policy.offers.get(id)?.validForMs ?? 0), 0);
}

function presentScope(scope: Scope): Scope {
  return { ...scope, event: undefined, latched: isPassed };
}

function requestScope({ scope, request }: RequestMoment): Scope {
  return { ...scope, event: request, latched: isPassed };
}

/** That the value is beyond the level was looked at before the latch is asked. */
const isPassed = (): boolean => true;
