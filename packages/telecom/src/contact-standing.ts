import { type ContactStatus, isRefused } from '@holdfast/decisions';
import { activeExclusions, isComplaintOpen } from './attributes.ts';
import { consentTo } from './consent.ts';
import { isOfPlan } from './contacts.ts';
import type { Contact, Dealings, Facts } from './customer-state.ts';
import { isVoid } from './plan-life.ts';
import { decodeCustomerState } from './state-codec.ts';

/** How a contact stands right before it is sent. Only `open` may be sent. */
export type ContactStanding =
  | {
      readonly kind: 'open';
      readonly channel: string;
      readonly campaign: string;
      readonly offer: string;
      readonly arm: string;
      readonly category: string;
      readonly sendAt: number;
      readonly sendBy: number;
    }
  /** Cancelled after it was released: never to be sent. */
  | { readonly kind: 'cancelled' }
  /** Reported already; `sent`: a provider has it, and what became of it is still to be told. */
  | { readonly kind: 'closed'; readonly status: Exclude<ContactStatus, 'reserved' | 'cancelled'> | 'sent' }
  /** The state does not know it: try again until `sendBy`, then report it unknown. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: Refusal };

/** `accepted`: the customer took the offer since this was decided; `plan-ended`: he said no to it, or left. */
export type Refusal =
  | 'consent'
  | 'do-not-contact'
  | 'exclusion'
  | 'complaint-open'
  | 'accepted'
  | 'plan-ended'
  | 'expired';

/** Reads the customer's state as stored; `null` when there is none. Throws on a layout of a later release. */
export function contactStanding(stateBytes: Buffer | null, contactId: string, nowMs: number): ContactStanding {
  if (!stateBytes) return { kind: 'unknown' };
  const state = decodeCustomerState('', stateBytes);
  const dealings = state.dealings.read();
  const contact = dealings.contacts.find((entry) => entry.contactId === contactId);
  if (!contact) return { kind: 'unknown' };
  if (contact.status === 'cancelled') return { kind: 'cancelled' };
  if (contact.status !== 'reserved') return { kind: 'closed', status: contact.status };
  if (contact.sentAt > 0) return { kind: 'closed', status: 'sent' };
  const reason = refusalOf(contact, { facts: state.facts.read(), dealings, nowMs });
  if (reason) return { kind: 'refused', reason };
  const { channel, campaign, offer, arm, category, sendAt, sendBy } = contact;
  return { kind: 'open', channel, campaign, offer, arm, category, sendAt, sendBy };
}

interface Moment {
  readonly facts: Facts;
  readonly dealings: Dealings;
  readonly nowMs: number;
}

function refusalOf(contact: Contact, { facts, dealings, nowMs }: Moment): Refusal | undefined {
  const exclusions = activeExclusions(facts);
  if (exclusions.includes('do-not-contact')) return 'do-not-contact';
  if (exclusions.length > 0) return 'exclusion';
  const consent = {
    consent: (channel: string, purpose: Parameters<typeof consentTo>[2]) => consentTo(facts, channel, purpose),
  };
  if (isRefused(consent, contact.channel, contact.kind)) return 'consent';
  if (contact.kind === 'marketing' && isComplaintOpen(facts)) return 'complaint-open';
  if (dealings.contacts.some((other) => isAcceptedSince(contact, other))) return 'accepted';
  if (dealings.plans.some((plan) => isVoid(plan) && isOfPlan(contact, plan))) return 'plan-ended';
  return nowMs > contact.sendBy ? 'expired' : undefined;
}

function isAcceptedSince({ offer, decidedAt }: Contact, other: Contact): boolean {
  return other.offer === offer && other.acceptedAt > 0 && other.acceptedAt >= decidedAt;
}
