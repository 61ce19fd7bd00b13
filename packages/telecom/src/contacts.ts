import { type Decision, limitHorizonMs, overLimit } from '@holdfast/decisions';
import type { DecisionMade, EventOf } from '@holdfast/events';
import type { ContactPolicy } from '@holdfast/policy';
import { CAPS, type Contact, clipped, type Dealings } from './customer-state.ts';

/** How long after `sendBy` a report is waited for, once the job was asked for again. */
export const LAST_CALL_MS = 10 * 60_000;

/** Reserves what was decided: the contact, or the ghost of a control customer. */
export function reserve(dealings: Dealings, decision: Decision): void {
  const { outcome } = decision;
  if (outcome.kind !== 'contact' && outcome.kind !== 'control') return;
  const { winner, arm } = outcome;
  dealings.contacts.push({
    contactId: decision.contactId,
    trigger: decision.trigger,
    campaign: winner.campaign,
    offer: winner.offer,
    category: winner.category,
    channel: winner.channel,
    kind: winner.kind,
    arm,
    sendAt: winner.sendAt,
    sendBy: winner.sendBy,
    status: outcome.kind === 'contact' ? 'reserved' : 'ghost',
    rejectedAt: 0,
    isAskedAgain: false,
  });
}

export type OutcomeEvent = EventOf<
  'DeliveryReported' | 'OfferPresented' | 'OfferAccepted' | 'OfferRejected' | 'OfferDeferred' | 'OfferFulfilled'
>;

/** What an event about a contact did to the ledger. */
export type Settlement =
  | { readonly kind: 'settled'; readonly contact: Contact; readonly isRebuilt: boolean }
  /** It names no contact, or one unknown of which it says too little. */
  | { readonly kind: 'unrelated' };

/**
 * Takes a report or an answer into the ledger. A contact that was forgotten is rebuilt from the event. The order of
 * reports does not matter: delivered beats all others, a cancelled contact stays cancelled unless it went out.
 */
export function settle(dealings: Dealings, event: OutcomeEvent): Settlement {
  const index = dealings.contacts.findIndex((contact) => contact.contactId === event.contactId);
  const known = dealings.contacts[index] ?? rebuilt(event);
  if (!known) return { kind: 'unrelated' };
  const contact: Contact = { ...known, status: statusAfter(known.status, event), rejectedAt: rejectedAt(known, event) };
  if (index >= 0) dealings.contacts[index] = contact;
  else dealings.contacts.push(contact);
  return { kind: 'settled', contact, isRebuilt: index < 0 };
}

function statusAfter(status: Contact['status'], event: OutcomeEvent): Contact['status'] {
  // An agent or the customer himself spoke of it: it arrived.
  if (event.type !== 'DeliveryReported' || event.status === 'DELIVERED') return 'confirmed';
  if (status !== 'reserved' && status !== 'unknown') return status;
  return event.status === 'UNKNOWN' ? 'unknown' : 'released';
}

function rejectedAt(known: Contact, event: OutcomeEvent): number {
  return event.type === 'OfferRejected' ? Math.max(known.rejectedAt, event.occurredAt) : known.rejectedAt;
}

function rebuilt(event: OutcomeEvent): Contact | undefined {
  if (event.contactId === '' || event.offer === '') return undefined;
  const sendAt = event.sendAt ?? event.occurredAt;
  return {
    contactId: clipped(event.contactId),
    trigger: '',
    campaign: clipped(event.campaign),
    offer: clipped(event.offer),
    category: clipped(event.category),
    channel: clipped(event.channel),
    kind: event.category === 'service' ? 'service' : 'marketing',
    arm: clipped(event.arm) || 'treated',
    sendAt,
    sendBy: sendAt,
    status: 'unknown',
    rejectedAt: 0,
    isAskedAgain: true,
  };
}

/** Takes a decision found in the log. Answers the contact when it was not in the ledger. */
export function adopt(dealings: Dealings, decision: DecisionMade): Contact | undefined {
  const status = ADOPTED_STATUS[decision.outcome];
  if (!status || dealings.contacts.some((contact) => contact.contactId === decision.contactId)) return undefined;
  const sendAt = decision.sendAt ?? decision.decidedAt;
  const contact: Contact = {
    contactId: decision.contactId,
    trigger: decision.trigger,
    campaign: decision.campaign,
    offer: decision.offer,
    category: decision.category,
    channel: decision.channel,
    kind: decision.kind === 'service' ? 'service' : 'marketing',
    arm: decision.arm,
    sendAt,
    sendBy: decision.sendBy ?? sendAt,
    status,
    rejectedAt: 0,
    isAskedAgain: false,
  };
  dealings.contacts.push(contact);
  return contact;
}

const ADOPTED_STATUS: { readonly [O in DecisionMade['outcome']]?: Contact['status'] } = {
  contact: 'reserved',
  control: 'ghost',
};

/** Cancels every open contact that a limit concerns which the ledger exceeds. Answers those cancelled. */
export function cancelOverLimit(dealings: Dealings, policy: ContactPolicy): readonly Contact[] {
  const ids = new Set(overLimit(dealings.contacts, policy));
  const cancelled = dealings.contacts.filter((contact) => ids.has(contact.contactId));
  dealings.contacts = dealings.contacts.map((contact) =>
    ids.has(contact.contactId) ? { ...contact, status: 'cancelled' } : contact,
  );
  return cancelled;
}

/** When the contact's deadline wants a look: at `sendBy`, and once more for the last report. Undefined when closed. */
export function deadlineOf(contact: Contact): number | undefined {
  if (contact.status !== 'reserved') return undefined;
  return contact.isAskedAgain ? contact.sendBy + LAST_CALL_MS : contact.sendBy;
}

/** Forgets contacts that no limit reads any more, then the oldest beyond the cap. Answers whether the cap was met. */
export function trimContacts(dealings: Dealings, nowMs: number, policy: ContactPolicy): boolean {
  const keepFrom = nowMs - limitHorizonMs(policy);
  const kept = dealings.contacts.filter(
    (contact) => contact.status === 'reserved' || Math.max(contact.sendBy, contact.rejectedAt) >= keepFrom,
  );
  kept.sort((a, b) => Number(a.status === 'reserved') - Number(b.status === 'reserved') || a.sendAt - b.sendAt);
  const excess = Math.max(0, kept.length - CAPS.contacts);
  dealings.contacts = kept.slice(excess).sort((a, b) => a.sendAt - b.sendAt);
  return excess > 0;
}
