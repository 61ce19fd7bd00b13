import type { Contact } from './customer-state.ts';
import { decodeCustomerState } from './state-codec.ts';

/** What an event about a contact says of it, so that it can be rebuilt where it was forgotten. */
export type ContactFields = Pick<Contact, 'campaign' | 'offer' | 'arm' | 'channel' | 'category' | 'sendAt' | 'segment'>;

/**
 * A contact in the ledger of a stored state; undefined where it holds none of this id, and for the ghost of a control
 * customer, to whom nothing was said. Throws on a layout of a later release.
 */
export function storedContact(stateBytes: Buffer, contactId: string): ContactFields | undefined {
  const { contacts } = decodeCustomerState('', stateBytes).dealings.read();
  const contact = contacts.find((known) => known.contactId === contactId);
  if (contact === undefined || contact.status === 'ghost') return undefined;
  const { campaign, offer, arm, channel, category, sendAt, segment } = contact;
  return { campaign, offer, arm, channel, category, sendAt, segment };
}
