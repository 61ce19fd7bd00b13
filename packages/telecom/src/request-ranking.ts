import { armOf, type Candidate, type Decision, type FrozenEnrolment } from '@holdfast/decisions';
import { type CompiledPolicy, NO_ACTION } from '@holdfast/policy';
import type { Contact } from './customer-state.ts';
import type { LostCandidate, NotRecommended, RecommendationContext } from './recommendation.ts';

export interface Ranking {
  readonly open: readonly Candidate[];
  readonly lost: readonly LostCandidate[];
}

export interface Judged {
  readonly context: RecommendationContext;
  readonly policy: CompiledPolicy;
  readonly customerId: string;
  readonly pending: readonly Contact[];
  enrolment(campaign: string): FrozenEnrolment | undefined;
}

/** Asked for first, then what the decision chose, then by value. An offer is made once, by the campaign that makes most of it. */
export function rank({ candidates }: Decision, judged: Judged): Ranking {
  const open: Candidate[] = [];
  const lost: LostCandidate[] = [];
  const wanted = new Set(judged.context.askedFor);
  const urgency = (candidate: Candidate) =>
    (wanted.has(candidate.offer) ? 0 : 2) + (candidate.lostBecause === undefined ? 0 : 1);
  // The sort is stable: candidates of the same urgency stay in the order of their value.
  for (const candidate of candidates.toSorted((a, b) => urgency(a) - urgency(b))) {
    if (candidate.offer === NO_ACTION) continue;
    const because = notRecommended(candidate, judged) ?? crowdedOut(candidate, open, judged.context.most);
    if (because === undefined) open.push(candidate);
    else lost.push(lostOf(candidate, because));
  }
  return { open, lost: lost.sort((a, b) => b.expectedValueMinor - a.expectedValueMinor) };
}

function lostOf({ campaign, offer, score }: Candidate, because: NotRecommended): LostCandidate {
  return { campaign, offer, expectedValueMinor: score, because };
}

function crowdedOut({ offer }: Candidate, open: readonly Candidate[], most: number): NotRecommended | undefined {
  return open.length >= most || open.some((other) => other.offer === offer) ? 'lower-value' : undefined;
}

function notRecommended(
  candidate: Candidate,
  { context, policy, customerId, pending, enrolment }: Judged,
): NotRecommended | undefined {
  const { lostBecause } = candidate;
  // The limit is the contact's own: it was decided within it.
  const isOwnLimit = lostBecause === 'cap' && pendingFor(candidate, pending) !== undefined;
  // What lost to nothing but the winner may be offered after it.
  const isOpen = lostBecause === undefined || lostBecause === 'lower-value' || lostBecause === 'explored';
  if (!isOpen && !isOwnLimit) return lostBecause;
  if (context.inHand.includes(candidate.offer)) return 'in-hand';
  if (context.categories.length > 0 && !context.categories.includes(candidate.category)) return 'not-asked';
  const campaign = policy.campaigns.get(candidate.campaign);
  const arm = campaign && armOf(campaign, customerId, enrolment(candidate.campaign));
  return arm === 'control' ? 'control' : undefined;
}

/**
 * Contacts that were decided, still hold and were not spoken of: on this channel, or heard of on another one. Offering it now is no
 * further contact. So it is with the ghost of one that was withheld.
 */
export function pendingContacts(
  contacts: readonly Contact[],
  { nowMs, channel }: RecommendationContext,
): readonly Contact[] {
  return contacts.filter(
    (contact) =>
      contact.validUntil > nowMs &&
      contact.presentedAt + contact.acceptedAt + contact.rejectedAt + contact.deferredUntil === 0 &&
      (contact.status === 'confirmed' || (contact.channel === channel && MAY_ARRIVE.has(contact.status))),
  );
}

const MAY_ARRIVE: ReadonlySet<Contact['status']> = new Set(['reserved', 'unknown', 'ghost'] as const);

export function pendingFor({ campaign, offer }: Candidate, pending: readonly Contact[]): Contact | undefined {
  return pending.find((contact) => contact.campaign === campaign && contact.offer === offer);
}
