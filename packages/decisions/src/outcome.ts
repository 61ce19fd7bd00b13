import { type Campaign, NO_ACTION } from '@holdfast/policy';
import { type Draft, isPlaced, type PlacedDraft } from './arbitration.ts';
import { armOf } from './experiment.ts';
import { choose } from './exploration.ts';
import type { Judging } from './judging.ts';
import type { Candidate, Decision, DecisionOutcome, PlacedCandidate } from './model.ts';
import type { LostBecause, SuppressionReason } from './reason.ts';
import { shareOf } from './stable-hash.ts';

export type Settled = Pick<Decision, 'outcome' | 'candidates' | 'enrolment' | 'probability'>;

/**
 * What comes of candidates, the most valuable first: who wins, in which arm, and why each of the others lost, which is
 * written down with them.
 */
export function settle(
  ranked: readonly Draft[],
  contactId: string,
  campaigns: readonly Campaign[],
  judging: Judging,
): Settled {
  const worthIt = affordable(ranked, judging);
  const heldOut = worthIt.length > 0 && judging.isKeptOut();
  const served = heldOut ? worthIt.filter((candidate) => candidate.kind === 'service') : worthIt;
  // Who is held out is a control of what he would have got.
  const chosen = chooseAmong(served.length > 0 ? served : worthIt, contactId, judging);
  if (chosen === undefined) return { ...withoutWinner(ranked), probability: 1 };
  const { winner, probability } = chosen;
  for (const candidate of ranked) {
    if (candidate !== winner) candidate.lostBecause ??= lostTo(candidate, winner, heldOut);
  }
  if (heldOut && served.length === 0) {
    return { outcome: { kind: 'control', winner, arm: 'holdout' }, candidates: ranked, probability };
  }
  return { ...enrol(winner, campaigns, judging), candidates: ranked, probability };
}

/** What an occasion comes to that was decided before. */
export function settledBefore(ranked: readonly Candidate[]): Settled {
  return { outcome: suppressed('already-decided', offersOf(ranked)[0]), candidates: ranked, probability: 1 };
}

/** Those that are worth something and have a place in time; what their budget does not pay for loses here. */
function affordable(ranked: readonly Draft[], judging: Judging): PlacedDraft[] {
  const found: PlacedDraft[] = [];
  for (const candidate of ranked) {
    // The most valuable come first.
    if (candidate.score <= 0) break;
    if (!isPlaced(candidate)) continue;
    if (isPaidFor(candidate, judging)) found.push(candidate);
    else candidate.lostBecause = 'budget';
  }
  return found;
}

/** Whether what is left of the campaign's budget pays for it. */
export function isPaidFor({ campaign, costMinor }: Draft, { basis }: Judging): boolean {
  if (basis.policy.campaigns.get(campaign)?.budget === undefined) return true;
  const { minor, pieces } = basis.standing.budgetLeft(campaign);
  return minor >= costMinor && pieces >= 1;
}

function chooseAmong(eligible: readonly PlacedDraft[], contactId: string, { basis }: Judging) {
  const [first] = eligible;
  if (first === undefined) return undefined;
  const { exploration } = basis.policy;
  if (eligible.length === 1 || exploration.method === 'none') return { winner: first, probability: 1 };
  const values = eligible.map(({ score }) => score);
  const { index, probability } = choose(values, exploration, shareOf('explore', contactId));
  return { winner: eligible[index] ?? first, probability };
}

/** The campaign's arm of the customer, frozen with the first contact unless he came himself. */
function enrol(winner: PlacedCandidate, campaigns: readonly Campaign[], { request, history }: Judging) {
  const campaign = campaigns.find(({ id }) => id === winner.campaign);
  const frozen = history.enrolment(winner.campaign);
  const arm = campaign === undefined ? 'treated' : armOf(campaign, request.customer.customerId, frozen);
  const outcome: DecisionOutcome =
    arm === 'treated' ? { kind: 'contact', winner, arm } : { kind: 'control', winner, arm };
  if (frozen !== undefined || request.isReactive === true) return { outcome };
  const variant = arm === 'treated' ? winner.variant : '';
  return { outcome, enrolment: { campaign: winner.campaign, arm, variant } };
}

function lostTo(candidate: Candidate, winner: Candidate, heldOut: boolean): LostBecause {
  if (candidate.offer === NO_ACTION) return 'lower-value';
  if (heldOut && candidate.kind === 'marketing') return 'holdout';
  if (candidate.score <= 0) return 'not-worth-it';
  return candidate.score > winner.score ? 'explored' : 'lower-value';
}

function withoutWinner(ranked: readonly Draft[]): Pick<Decision, 'outcome' | 'candidates'> {
  const offers = offersOf(ranked);
  const placed = offers.filter(isPlaced);
  for (const candidate of placed) candidate.lostBecause = 'not-worth-it';
  const unpaid = offers.find(({ lostBecause }) => lostBecause === 'budget');
  if (unpaid === undefined && placed.length > 0) return { outcome: { kind: 'no-action' }, candidates: ranked };
  const best = unpaid ?? offers[0];
  const reason = best === undefined ? 'no-campaign' : asSuppression(best.lostBecause);
  return { outcome: suppressed(reason, best), candidates: ranked };
}

/** What a campaign does not make of this customer at all explains an outcome only where nothing else was there. */
const CLOSED: ReadonlySet<LostBecause | undefined> = new Set([
  'outside-canary',
  'other-variant',
  'not-in-step',
] as const);

/** Those that explain an outcome. */
function offersOf<C extends Candidate>(ranked: readonly C[]): readonly C[] {
  const offers = ranked.filter((candidate) => candidate.offer !== NO_ACTION);
  const open = offers.filter((candidate) => !CLOSED.has(candidate.lostBecause));
  return open.length > 0 ? open : offers;
}

function suppressed(reason: SuppressionReason, best: Candidate | undefined): DecisionOutcome {
  return best ? { kind: 'suppressed', reason, best } : { kind: 'suppressed', reason };
}

/** What stands for a reason that cannot stop a whole decision is that no channel was left. */
export function asSuppression(reason: LostBecause | undefined): SuppressionReason {
  switch (reason) {
    case undefined:
    case 'holdout':
    case 'not-worth-it':
      return 'no-channel';
    case 'explored':
      return 'lower-value';
    default:
      return reason;
  }
}
