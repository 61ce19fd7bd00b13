import { type Campaign, type CompiledPolicy, NO_ACTION, type Offer, type Scope } from '@holdfast/policy';
import { isRefused, type Silence, silenceOf } from './allowance.ts';
import { brokenLimit } from './contact-policy.ts';
import type { Ledger } from './ledger.ts';
import type {
  CampaignArm,
  Candidate,
  Decision,
  DecisionOutcome,
  DecisionRequest,
  LostBecause,
  PlacedCandidate,
  SuppressionReason,
} from './model.ts';
import { placeInTime } from './placement.ts';
import { contactIdOf, shareOf } from './stable-hash.ts';

/**
 * Decides what, if anything, a customer is offered on one occasion. Pure and total: the same arguments give the same
 * decision. `scope` reads attributes and features as of `scope.asOfMs`. The caller reserves the contact (or the ghost
 * of a control customer) in the ledger and freezes the enrolment.
 */
export function decide(request: DecisionRequest, ledger: Ledger, policy: CompiledPolicy, scope: Scope): Decision {
  const { trigger, occasion, step, customer } = request;
  const contactId = contactIdOf({ customerId: customer.customerId, trigger: trigger.id, occasion, step });
  const silence = silenceOf(customer, policy.exclusions, scope);
  const judged = candidatesOf(policy, trigger.id).map(({ campaign, offer }) =>
    judge(campaign, offer, { request, ledger, policy, scope, silence }),
  );
  const ranked = [...judged, noAction()].sort(byValue);
  const settled = ledger.some((entry) => entry.contactId === contactId)
    ? { outcome: suppressed('already-decided', ranked), candidates: ranked }
    : arbitrate(ranked, request, policy);
  return {
    contactId,
    trigger: trigger.id,
    occasion,
    step,
    policyVersion: policy.version,
    decidedAt: request.nowMs,
    asOfMs: scope.asOfMs,
    evidence: request.evidence,
    exclusions: silence.exclusions,
    probability: 1,
    ...settled,
  };
}

type Judging = {
  readonly request: DecisionRequest;
  readonly ledger: Ledger;
  readonly policy: CompiledPolicy;
  readonly scope: Scope;
  readonly silence: Silence;
};

type Settled = Pick<Decision, 'outcome' | 'candidates' | 'enrolment'>;

function candidatesOf(policy: CompiledPolicy, triggerId: string): { campaign: Campaign; offer: Offer }[] {
  return policy.campaignsFor(triggerId).flatMap((campaign) =>
    campaign.offers.flatMap((id) => {
      const offer = policy.offers.get(id);
      return offer ? [{ campaign, offer }] : [];
    }),
  );
}

/** Takes one offer through the gates, in order; the first that is shut is why it lost. */
function judge(campaign: Campaign, offer: Offer, judging: Judging): Candidate {
  const candidate: Candidate = {
    campaign: campaign.id,
    offer: offer.id,
    category: offer.category,
    kind: campaign.kind,
    channel: offer.channels[0] ?? '',
    score: offer.propensity * offer.valueMinor - offer.costMinor,
    isEligible: offer.eligible.evaluate(judging.scope) === 'true',
  };
  if (!candidate.isEligible) return { ...candidate, lostBecause: 'not-eligible' };
  const silenced = judging.silence.reasonFor(campaign.kind);
  if (silenced) return { ...candidate, lostBecause: silenced };
  return chooseChannel(candidate, offer, judging);
}

/** The first of the offer's channels that is allowed, open in time and within the limits. */
function chooseChannel(candidate: Candidate, offer: Offer, judging: Judging): Candidate {
  let lostBecause: LostBecause = 'no-channel';
  for (const channel of offer.channels) {
    const tried = tryChannel({ ...candidate, channel }, offer, judging);
    if (tried.lostBecause === undefined) return tried;
    // Said of the preferred channel: the later ones are fallbacks.
    if (channel === offer.channels[0]) lostBecause = tried.lostBecause;
  }
  return { ...candidate, lostBecause };
}

function tryChannel(candidate: Candidate, offer: Offer, { request, ledger, policy }: Judging): Candidate {
  const { channel, kind } = candidate;
  if (isRefused(request.customer, channel, kind)) return { ...candidate, lostBecause: 'no-consent' };
  const untilMs = request.nowMs + offer.validForMs;
  const when = { channel, fromMs: request.nowMs, untilMs, timeZone: request.customer.timeZone };
  const place = placeInTime(when, policy.contactPolicy);
  if (!place) return { ...candidate, lostBecause: 'quiet-hours' };
  const lostBecause = brokenLimit({ ...candidate, sendAt: place.sendAt }, ledger, policy.contactPolicy);
  return lostBecause ? { ...candidate, lostBecause } : { ...candidate, ...place };
}

function noAction(): Candidate {
  return {
    campaign: '',
    offer: NO_ACTION,
    category: '',
    kind: 'service',
    channel: '',
    score: 0,
    isEligible: true,
  };
}

/** Highest expected value first; no action wins a tie, then the order of names decides. */
function byValue(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.offer === NO_ACTION) return -1;
  if (b.offer === NO_ACTION) return 1;
  return compare(a.offer, b.offer) || compare(a.campaign, b.campaign);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function arbitrate(ranked: readonly Candidate[], request: DecisionRequest, policy: CompiledPolicy): Settled {
  const worthIt = ranked.filter(isPlaced).filter((candidate) => candidate.score > 0);
  const first = worthIt[0];
  if (!first) return withoutWinner(ranked);
  const isHeldOut = shareOf(policy.holdout.salt, request.customer.customerId) < policy.holdout.share;
  const winner = isHeldOut ? worthIt.find((candidate) => candidate.kind === 'service') : first;
  if (!winner) {
    const outcome: DecisionOutcome = { kind: 'control', winner: first, arm: 'holdout' };
    return { outcome, candidates: losers(ranked, first, isHeldOut) };
  }
  const { arm, enrolment } = armOf(winner, request, policy);
  const outcome: DecisionOutcome =
    arm === 'treated' ? { kind: 'contact', winner, arm } : { kind: 'control', winner, arm };
  return { outcome, candidates: losers(ranked, winner, isHeldOut), ...enrolment };
}

function armOf(winner: Candidate, request: DecisionRequest, policy: CompiledPolicy) {
  const frozen = request.customer.enrolledArm(winner.campaign);
  if (frozen) return { arm: frozen, enrolment: {} };
  const share = policy.campaigns.get(winner.campaign)?.holdout ?? 0;
  const isControl = shareOf(`campaign:${winner.campaign}`, request.customer.customerId) < share;
  const arm: CampaignArm = isControl ? 'control' : 'treated';
  return { arm, enrolment: { enrolment: { campaign: winner.campaign, arm } } };
}

function withoutWinner(ranked: readonly Candidate[]): Settled {
  const offers = ranked.filter((candidate) => candidate.offer !== NO_ACTION);
  if (offers.length === 0) return { outcome: suppressed('no-campaign', ranked), candidates: ranked };
  if (offers.some(isPlaced)) {
    const candidates = ranked.map((candidate) =>
      isPlaced(candidate) ? { ...candidate, lostBecause: 'not-worth-it' as const } : candidate,
    );
    return { outcome: { kind: 'no-action' }, candidates };
  }
  const reason = offers[0]?.lostBecause;
  return { outcome: suppressed(asSuppression(reason), ranked), candidates: ranked };
}

function suppressed(reason: SuppressionReason, ranked: readonly Candidate[]): DecisionOutcome {
  const best = ranked.find((candidate) => candidate.offer !== NO_ACTION);
  return best ? { kind: 'suppressed', reason, best } : { kind: 'suppressed', reason };
}

function asSuppression(reason: LostBecause | undefined): SuppressionReason {
  switch (reason) {
    case undefined:
    case 'holdout':
    case 'not-worth-it':
    case 'lower-value':
      return 'no-channel';
    default:
      return reason;
  }
}

/** Says of everybody but the winner why it lost. */
function losers(ranked: readonly Candidate[], winner: Candidate, isHeldOut: boolean): readonly Candidate[] {
  return ranked.map((candidate) => {
    if (candidate === winner || candidate.lostBecause !== undefined) return candidate;
    const isHeld = isHeldOut && candidate.kind === 'marketing' && candidate.offer !== NO_ACTION;
    if (isHeld) return { ...candidate, lostBecause: 'holdout' };
    return { ...candidate, lostBecause: candidate.score > 0 ? 'lower-value' : lostAtZero(candidate) };
  });
}

function lostAtZero(candidate: Candidate): LostBecause {
  return candidate.offer === NO_ACTION ? 'lower-value' : 'not-worth-it';
}

function isPlaced(candidate: Candidate): candidate is PlacedCandidate {
  return candidate.lostBecause === undefined && candidate.sendAt !== undefined && candidate.sendBy !== undefined;
}
