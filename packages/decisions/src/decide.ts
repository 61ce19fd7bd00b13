import { type Campaign, type CompiledPolicy, NO_ACTION } from '@holdfast/policy';
import { contest, LISTED } from './contest.ts';
import { type Judging, judgingOf } from './judging.ts';
import type { Candidate, Decision, DecisionBasis, DecisionOutcome, DecisionRequest } from './model.ts';
import { type Settled, settle, settledBefore } from './outcome.ts';
import { contactIdOf } from './stable-hash.ts';

/**
 * Decides what, if anything, a customer is offered on one occasion. Pure and total: the same arguments give the same
 * decision. The caller reserves the contact (or the ghost of a control customer) in the ledger, freezes the enrolment and
 * takes the cost and the slot.
 */
export function decide(request: DecisionRequest, basis: DecisionBasis): Decision {
  return decisionAmong(campaignsOf(request, basis.policy), request, basis, isComplete(request, basis));
}

/** The same with these campaigns as the ones that may contact, and every candidate that was judged. */
export function decideAmong(campaigns: readonly Campaign[], request: DecisionRequest, basis: DecisionBasis): Decision {
  return decisionAmong(campaigns, request, basis, true);
}

function decisionAmong(
  campaigns: readonly Campaign[],
  request: DecisionRequest,
  basis: DecisionBasis,
  areAllListed: boolean,
): Decision {
  const { trigger, occasion, step, customer } = request;
  const contactId = contactIdOf({ customerId: customer.customerId, trigger: trigger.id, occasion, step });
  const isDecided = basis.ledger.some((entry) => entry.contactId === contactId);
  const judging = judgingOf(request, basis);
  const { ranked, unjudged } = contest(campaigns, judging, isDecided || isComplete(request, basis));
  const settled = isDecided ? settledBefore(ranked) : settle(ranked, contactId, campaigns, judging);
  const candidates = areAllListed ? settled.candidates : fewOf(settled);
  return {
    ...settled,
    contactId,
    trigger: trigger.id,
    occasion,
    step,
    policyVersion: basis.policy.version,
    decidedAt: request.nowMs,
    asOfMs: basis.scope.asOfMs,
    evidence: request.evidence,
    exclusions: judging.silence.exclusions,
    stage: stageOf(settled.outcome, campaigns),
    candidates,
    leftOut: unjudged + ranked.length - candidates.length,
    unpaid: unpaidOf(settled),
    ...figuresOf(settled, judging),
  };
}

function isComplete(request: DecisionRequest, { policy }: DecisionBasis): boolean {
  return request.isComplete === true || request.campaigns !== undefined || policy.exploration.method !== 'none';
}

/** A record of each of hundreds of candidates would be longer than all else that is known of a customer. */
function fewOf({ candidates, outcome }: Settled): readonly Candidate[] {
  if (candidates.length <= LISTED) return candidates;
  const chosen = chosenOf(outcome);
  return candidates.filter(
    (candidate, place) => place < LISTED || candidate === chosen || candidate.offer === NO_ACTION,
  );
}

function unpaidOf({ candidates }: Settled): readonly string[] {
  const unpaid = candidates.filter(({ lostBecause }) => lostBecause === 'budget');
  return unpaid.length === 0 ? NOBODY : [...new Set(unpaid.map(({ campaign }) => campaign))];
}

const NOBODY: readonly string[] = [];

/** The candidate an outcome is about: the winner, or the one that came nearest. */
export function chosenOf(outcome: DecisionOutcome): Candidate | undefined {
  if (outcome.kind === 'contact' || outcome.kind === 'control') return outcome.winner;
  return outcome.kind === 'suppressed' ? outcome.best : undefined;
}

/** A campaign that was asked for by name may contact whatever triggers it lists, as long as it may contact at all. */
function campaignsOf({ campaigns, trigger }: DecisionRequest, policy: CompiledPolicy): readonly Campaign[] {
  if (campaigns === undefined) return policy.campaignsFor(trigger.id);
  const named = campaigns.flatMap((id) => policy.campaigns.get(id) ?? []);
  return named.filter(({ stage }) => stage === 'live' || stage === 'canary');
}

/** Under which stage the campaign spoke that won, or that would have. */
function stageOf(outcome: DecisionOutcome, campaigns: readonly Campaign[]): Decision['stage'] {
  const chosen = chosenOf(outcome);
  const campaign = campaigns.find(({ id }) => id === chosen?.campaign);
  return campaign?.stage === 'canary' ? 'canary' : 'live';
}

/** Controls spend nothing and take no slot. */
function figuresOf({ outcome }: Settled, { segment }: Judging) {
  const isContact = outcome.kind === 'contact';
  const { propensity = 0, costMinor = 0, variant = '', slotAt } = chosenOf(outcome) ?? {};
  return {
    segment,
    propensity,
    variant: isContact ? variant : '',
    costMinor: isContact ? costMinor : 0,
    ...(isContact && slotAt !== undefined ? { slotAt } : {}),
  };
}
