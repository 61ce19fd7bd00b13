import type { Event, EventOf } from '@holdfast/events';
import type { CustomerState, Dealings, Enrolment } from './customer-state.ts';
import { HORIZON_DAYS, isFollowed } from './horizons.ts';
import { noteRating } from './ratings.ts';
import { type RecentLimits, remember } from './recent-events.ts';

const DAY_MS = 86_400_000;

type PaymentEvent = EventOf<'BillPaid' | 'BalanceToppedUp'>;
type RatingEvent = EventOf<'SatisfactionRated'>;
type TurnEvent = EventOf<'SubscriptionActivated' | 'SubscriptionTerminated' | 'PortOutRequested'>;

/** What may be an outcome of an enrolment. */
export type FollowedEvent = PaymentEvent | RatingEvent | TurnEvent;

const FOLLOWED: ReadonlySet<string> = new Set<FollowedEvent['type']>([
  'BillPaid',
  'BalanceToppedUp',
  'SubscriptionActivated',
  'SubscriptionTerminated',
  'PortOutRequested',
  'SatisfactionRated',
]);

export function isFollowedType(type: Event['type']): boolean {
  return FOLLOWED.has(type);
}

export interface Following {
  /** Money in another currency is not added up. Undefined: all of it is. */
  readonly currency: string | undefined;
  readonly recentLimits: RecentLimits;
  /** The event was checked for duplicates already. */
  readonly isKnownNew: boolean;
}

/** Takes what happened into the enrolments that it came after. */
export function followEnrolments(state: CustomerState, event: FollowedEvent, following: Following): void {
  if (concernedBy(state.dealings.read(), event.occurredAt).length === 0) return;
  if (event.type === 'BillPaid' || event.type === 'BalanceToppedUp') {
    addPayment(state, event, following);
    return;
  }
  if (event.type === 'SatisfactionRated') {
    noteRating(state, event);
    return;
  }
  for (const enrolment of concernedBy(state.dealings.change(), event.occurredAt)) {
    if (event.type === 'SubscriptionActivated') {
      enrolment.activatedAt = earlier(enrolment.activatedAt, event.occurredAt);
    } else enrolment.churnedAt = earlier(enrolment.churnedAt, event.occurredAt);
  }
}

/** An acceptance is an outcome of the enrolment in its campaign, and of everything proactive together. */
export function noteAcceptance(dealings: Dealings, campaigns: readonly string[], atMs: number): void {
  for (const enrolment of concernedBy(dealings, atMs)) {
    if (campaigns.includes(enrolment.campaign)) enrolment.acceptedAt = earlier(enrolment.acceptedAt, atMs);
  }
}

/** Only what counts is remembered, so that a repetition of it does not count again. */
function addPayment(state: CustomerState, event: PaymentEvent, following: Following): void {
  const { currency, recentLimits, isKnownNew } = following;
  if (currency !== undefined && event.currency !== currency) return;
  if (!isKnownNew) {
    const latestMs = Math.max(state.lastEventAt, event.occurredAt);
    const seen = remember(state.recent, event, latestMs, recentLimits);
    if (seen === 'duplicate' || seen === 'unverifiable') return;
  }
  for (const enrolment of concernedBy(state.dealings.change(), event.occurredAt)) {
    const stretch = HORIZON_DAYS.findIndex((days) => event.occurredAt < enrolment.at + days * DAY_MS);
    if (stretch < 0) continue;
    while (enrolment.revenueMinor.length <= stretch) enrolment.revenueMinor.push(0);
    enrolment.revenueMinor[stretch] = added(enrolment.revenueMinor[stretch] ?? 0, event.amountMinor);
  }
}

/** Far beyond what is counted at a horizon, and an exact integer. */
const MOST_MINOR = 1_000_000_000_000;

function added(sumMinor: number, amountMinor: number): number {
  return Math.min(MOST_MINOR, Math.max(-MOST_MINOR, sumMinor + amountMinor));
}

function concernedBy({ enrolments }: Dealings, atMs: number): readonly Enrolment[] {
  return enrolments.filter((enrolment) => isFollowed(enrolment) && enrolment.at < atMs);
}

/** 0 is never. */
function earlier(knownMs: number, atMs: number): number {
  return knownMs === 0 ? atMs : Math.min(knownMs, atMs);
}
