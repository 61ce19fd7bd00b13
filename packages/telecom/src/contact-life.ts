import type { EventOf } from '@holdfast/events';
import { isCounted } from './contact-outcomes.ts';
import { type Contact, clipped, type Dealings, UNTOUCHED } from './customer-state.ts';

/** How long after `sendBy` a report is waited for, once the job was asked for again. */
export const LAST_CALL_MS = 10 * 60_000;
/** How long what a provider has is waited for: a telephone that is off gets its messages a day later. */
export const REPORT_WAIT_MS = 24 * 3_600_000;
/** When an offer that was put off without a time is brought up again, and how far off that may be at most. */
export const REMIND_AFTER_MS = 3 * 24 * 3_600_000;
export const MAX_DEFER_MS = 30 * 24 * 3_600_000;
/** When somebody who did not answer is tried again, by the next shift of the desk. */
export const RETRY_AFTER_MS = 4 * 3_600_000;

export type OutcomeEvent = EventOf<
  | 'DeliveryReported'
  | 'OfferPresented'
  | 'OfferAccepted'
  | 'OfferRejected'
  | 'OfferDeferred'
  | 'OfferFulfilled'
  | 'ContactAttempted'
>;

/** What an event about a contact did to the ledger. */
export type Settlement =
  | { readonly kind: 'settled'; readonly before: Contact; readonly contact: Contact; readonly isRebuilt: boolean }
  /** It names no contact, or one unknown of which it says too little. */
  | { readonly kind: 'unrelated' };

/**
 * Takes a report or an answer into the ledger. A contact that was forgotten is rebuilt from the event. The order of
 * reports does not matter, nor does a repetition: delivered beats all others, of several times the first counts (of
 * rejections and deferrals the last), a cancelled contact stays cancelled unless it went out.
 */
export function settle(dealings: Dealings, event: OutcomeEvent): Settlement {
  const index = dealings.contacts.findIndex((contact) => contact.contactId === event.contactId);
  const before = dealings.contacts[index] ?? rebuilt(event);
  if (!before) return { kind: 'unrelated' };
  const contact: Contact = {
    ...before,
    ...timesAfter(before, event),
    status: statusAfter(before, event),
    segment: segmentAfter(before, event),
  };
  if (index >= 0) dealings.contacts[index] = contact;
  else dealings.contacts.push(contact);
  return { kind: 'settled', before, contact, isRebuilt: index < 0 };
}

function statusAfter(known: Contact, event: OutcomeEvent): Contact['status'] {
  const { status, sentAt } = known;
  // Nobody was spoken to: what else is known of the contact holds.
  if (event.type === 'ContactAttempted') return status;
  // An agent or the customer himself spoke of it: it arrived.
  if (event.type !== 'DeliveryReported' || event.status === 'DELIVERED' || event.status === 'SEEN') return 'confirmed';
  if (event.status === 'ATTEMPTED') return status;
  if (event.status === 'SENT') return isTakenBackOnly(known) ? asBeforeRelease(known) : status;
  if (status !== 'reserved' && status !== 'unknown') return status;
  // Only a try that was too many is refused, or taken back, after a provider had it: told before that, SENT undoes it.
  if (sentAt > 0 && (event.status === 'REFUSED' || event.status === 'CANCELLED')) return status;
  return event.status === 'UNKNOWN' ? 'unknown' : 'released';
}

/** Released by nothing but a refusal: told after the provider had it, that would not have released it. */
function isTakenBackOnly(known: Contact): boolean {
  if (known.status !== 'released' || isCounted(known, 'failed') || isCounted(known, 'expired')) return false;
  return isCounted(known, 'refused') || isCounted(known, 'cancelled');
}

function asBeforeRelease(known: Contact): Contact['status'] {
  return isCounted(known, 'unknown') || isRebuilt(known) ? 'unknown' : 'reserved';
}

/** From an event, which does not say when it was decided. */
function isRebuilt({ decidedAt }: Contact): boolean {
  return decidedAt === 0;
}

function timesAfter(known: Contact, event: OutcomeEvent): Partial<Contact> {
  const at = event.occurredAt;
  switch (event.type) {
    case 'OfferPresented':
      return { presentedAt: earliest(known.presentedAt, at) };
    case 'OfferAccepted':
      return { acceptedAt: earliest(known.acceptedAt, at) };
    case 'OfferRejected':
      return { rejectedAt: Math.max(known.rejectedAt, at) };
    case 'OfferDeferred':
      return { deferredUntil: Math.max(known.deferredUntil, deferredUntil(event)) };
    case 'ContactAttempted':
      if (event.result !== 'NO_ANSWER') return {};
      return { deferredUntil: Math.max(known.deferredUntil, at + RETRY_AFTER_MS) };
    case 'DeliveryReported':
      if (event.status === 'SENT') return { sentAt: earliest(known.sentAt, at) };
      return event.status === 'SEEN' ? { seenAt: earliest(known.seenAt, at) } : {};
    default:
      return {};
  }
}

/** 0 is no time. */
function earliest(known: number, at: number): number {
  return known === 0 ? at : Math.min(known, at);
}

/**
 * Of a contact that was not decided here the answers say it. Not once it was accepted: the acceptance was counted without, and
 * the trial alone would be a refusal.
 */
function segmentAfter(known: Contact, event: OutcomeEvent): string {
  const isOpen = isRebuilt(known) && known.segment === '' && known.acceptedAt === 0;
  return isOpen && 'segment' in event ? clipped(event.segment) : known.segment;
}

function deferredUntil({ occurredAt, until }: EventOf<'OfferDeferred'>): number {
  const wanted = until ?? occurredAt + REMIND_AFTER_MS;
  return Math.min(Math.max(wanted, occurredAt), occurredAt + MAX_DEFER_MS);
}

function rebuilt(event: OutcomeEvent): Contact | undefined {
  if (event.contactId === '' || event.offer === '') return undefined;
  const sendAt = event.sendAt ?? event.occurredAt;
  return {
    ...UNTOUCHED,
    contactId: clipped(event.contactId),
    trigger: '',
    occasion: '',
    step: '',
    variant: '',
    segment: '',
    decidedAt: 0,
    costMinor: 0,
    slotAt: 0,
    validUntil: 0,
    campaign: clipped(event.campaign),
    offer: clipped(event.offer),
    category: clipped(event.category),
    channel: clipped(event.channel),
    kind: event.category === 'service' ? 'service' : 'marketing',
    arm: clipped(event.arm) || 'treated',
    sendAt,
    sendBy: sendAt,
    status: 'unknown',
    isAskedAgain: true,
  };
}

/**
 * When the contact's deadline wants a look: at `sendBy`, and once more for the last report; of one that a provider has, when
 * its report is waited for no more. Undefined when closed.
 */
export function deadlineOf(contact: Contact): number | undefined {
  if (contact.status !== 'reserved') return undefined;
  if (contact.sentAt > 0) return Math.max(contact.sentAt, contact.sendBy) + REPORT_WAIT_MS;
  return contact.isAskedAgain ? contact.sendBy + LAST_CALL_MS : contact.sendBy;
}

/** What a contact is whose deadline passed. What a provider has is not asked for again: it would go out twice. */
export function afterDeadline(contact: Contact): Contact {
  if (contact.isAskedAgain || contact.sentAt > 0) return { ...contact, status: 'unknown' };
  return { ...contact, isAskedAgain: true };
}
