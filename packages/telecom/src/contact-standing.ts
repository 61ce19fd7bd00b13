import { type ContactStatus, isRefused } from '@holdfast/decisions';
import { activeExclusions, isComplaintOpen } from './attributes.ts';
import { consentTo } from './consent.ts';
import type { Contact, Facts } from './customer-state.ts';
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
  /** Reported already. */
  | { readonly kind: 'closed'; readonly status: Exclude<ContactStatus, 'reserved' | 'cancelled'> }
  /** The state does not know it: try again until `sendBy`, then report it unknown. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'refused';
      readonly reason: 'consent' | 'do-not-contact' | 'exclusion' | 'complaint-open' | 'expired';
    };

/** Reads the customer's state as stored; `null` when there is none. Throws on a layout of a later release. */
export function contactStanding(stateBytes: Buffer | null, contactId: string, nowMs: number): ContactStanding {
  if (!stateBytes) return { kind: 'unknown' };
  const state = decodeCustomerState('', stateBytes);
  const contact = state.dealings.read().contacts.find((entry) => entry.contactId === contactId);
  if (!contact) return { kind: 'unknown' };
  if (contact.status === 'cancelled') return { kind: 'cancelled' };
  if (contact.status !== 'reserved') return { kind: 'closed', status: contact.status };
  const reason = refusalOf(contact, state.facts.read(), nowMs);
  if (reason) return { kind: 'refused', reason };
  const { channel, campaign, offer, arm, category, sendAt, sendBy } = contact;
  return { kind: 'open', channel, campaign, offer, arm, category, sendAt, sendBy };
}

function refusalOf(contact: Contact, facts: Facts, nowMs: number) {
  const exclusions = activeExclusions(facts);
  if (exclusions.includes('do-not-contact')) return 'do-not-contact';
  if (exclusions.length > 0) return 'exclusion';
  const consent = {
    consent: (channel: string, purpose: Parameters<typeof consentTo>[2]) => consentTo(facts, channel, purpose),
  };
  if (isRefused(consent, contact.channel, contact.kind)) return 'consent';
  if (contact.kind === 'marketing' && isComplaintOpen(facts)) return 'complaint-open';
  return nowMs > contact.sendBy ? 'expired' : undefined;
}
