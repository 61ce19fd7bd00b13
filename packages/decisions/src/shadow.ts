import { type Campaign, isRunning } from '@holdfast/policy';
import { chosenOf, decideAmong } from './decide.ts';
import type { Candidate, Decision, DecisionBasis, DecisionOutcome, DecisionRequest } from './model.ts';
import { asSuppression } from './outcome.ts';
import { contactIdOf } from './stable-hash.ts';

/**
 * What each campaign in the shadow would have made of the occasion, had it alone been live beside those that are. To be
 * recorded and nothing else: the caller reserves nothing and enrols nobody. `basis` is the one the live decision was given;
 * a shadow leaves no trace in its ledger, so a limit counts no earlier shadows.
 */
export function decideInShadow(request: DecisionRequest, basis: DecisionBasis): readonly Decision[] {
  const { policy } = basis;
  // Campaigns that were asked for by name are those of a plan, or of an agent: no shadow ever has one.
  if (request.campaigns !== undefined) return [];
  const open = policy.campaignsFor(request.trigger.id);
  const shadows = policy.shadowsFor(request.trigger.id).filter((campaign) => isRunning(campaign, request.nowMs));
  return shadows.map((campaign) => {
    const decision = decideAmong(asIfLive(campaign, open), { ...request, isComplete: true }, basis);
    const outcome = outcomeOf(campaign, decision);
    const { enrolment: _, slotAt: __, ...rest } = decision;
    const figures = figuresOf(outcome, decision);
    return {
      ...{ ...rest, outcome, ...figures },
      ...{ stage: 'shadow', shadowOf: campaign.id, contactId: shadowId(campaign, request) },
    };
  });
}

/** Of what the shadow itself comes to, whoever won. Nothing is sent, and nothing spent. */
function figuresOf(outcome: DecisionOutcome, { probability }: Decision) {
  const isWon = outcome.kind === 'contact' || outcome.kind === 'control';
  return {
    propensity: chosenOf(outcome)?.propensity ?? 0,
    probability: isWon ? probability : 1,
    variant: outcome.kind === 'contact' ? outcome.winner.variant : '',
    costMinor: 0,
  };
}

interface AsLive {
  readonly beside: readonly Campaign[];
  readonly campaigns: readonly Campaign[];
}

const AS_LIVE = new WeakMap<Campaign, AsLive>();

/** The campaigns as if this one were live: the same ones each time, since what is looked up of them is kept with them. */
function asIfLive(campaign: Campaign, beside: readonly Campaign[]): readonly Campaign[] {
  const known = AS_LIVE.get(campaign);
  if (known?.beside === beside) return known.campaigns;
  const campaigns = [...beside, { ...campaign, stage: 'live' as const, share: 1 }];
  AS_LIVE.set(campaign, { beside, campaigns });
  return campaigns;
}

/** An id of its own: whoever looks the live contact up must not find the shadow. */
function shadowId({ id }: Campaign, { trigger, occasion, step, customer: { customerId } }: DecisionRequest): string {
  return contactIdOf({ customerId, trigger: trigger.id, occasion, step: `shadow:${id}:${step}` });
}

/** What became of this campaign: where another one won, the reason is that of its own best candidate. */
function outcomeOf(campaign: Campaign, { outcome, candidates }: Decision): DecisionOutcome {
  const isWon = outcome.kind === 'contact' || outcome.kind === 'control';
  if (isWon && outcome.winner.campaign === campaign.id) return outcome;
  const best = bestOf(candidates.filter((candidate) => candidate.campaign === campaign.id));
  if (!best) return { kind: 'suppressed', reason: 'no-campaign' };
  if (outcome.kind === 'suppressed' && outcome.reason === 'already-decided') return { ...outcome, best };
  if (best.lostBecause === 'not-worth-it') return { kind: 'no-action' };
  return {
    kind: 'suppressed',
    reason: isWon && isBeaten(best) ? 'lower-value' : asSuppression(best.lostBecause),
    best,
  };
}

/** One that passed every gate tells more than a dearer one that did not. */
function bestOf(ranked: readonly Candidate[]): Candidate | undefined {
  return ranked.find(isPlaced) ?? ranked[0];
}

/** Nothing else stopped it. */
function isBeaten({ lostBecause }: Candidate): boolean {
  return lostBecause === 'lower-value' || lostBecause === 'explored' || lostBecause === 'holdout';
}

function isPlaced(candidate: Candidate): boolean {
  return candidate.sendAt !== undefined;
}
