import type { ContactFields } from '@holdfast/telecom';
import type { KnownCustomer } from '../customers/customer-reader.ts';

/** A decision as far as it says what a contact is. */
export interface DecidedContact extends Omit<ContactFields, 'sendAt'> {
  readonly contactId: string;
  readonly outcome: string;
  readonly decidedAt: number;
  readonly sendAt: number | null;
}

/** What events about a contact say of it. */
export interface ToldContact extends ContactFields {
  /** With which it was recommended; null where nothing was drawn, or its decision in the log says it. */
  readonly probability: number | null;
}

export interface ContactSourceDeps {
  /** The contact in a stored state. */
  stored(state: Buffer, contactId: string): ContactFields | undefined;
  /** The newest decisions about a customer; undefined while some of them cannot be read. */
  decisions(customerId: string, partition: number): Promise<readonly DecidedContact[] | undefined>;
  /** What was recommended to an agent under this contact id. */
  recommended?(customerId: string, contactId: string): Promise<ToldContact | undefined>;
}

export type ContactAnswer =
  | { readonly kind: 'found'; readonly contact: ToldContact }
  | { readonly kind: 'absent' }
  /** It may be there, and cannot be looked for now. */
  | { readonly kind: 'away' };

export type FindContact = (customer: KnownCustomer, contactId: string) => Promise<ContactAnswer>;

/** Looks for a contact where it is most probably found: in the ledger, among recommendations, among decisions. */
export function createContactSource(deps: ContactSourceDeps): FindContact {
  return async ({ customerId, partition, state }, contactId) => {
    const stored = deps.stored(state, contactId);
    // Known from nothing but an event that said no segment, it may have been recommended.
    if (stored && stored.segment !== '') return found(stored);
    const recommended = await deps.recommended?.(customerId, contactId);
    if (recommended) return { kind: 'found', contact: recommended };
    if (stored) return found(stored);
    const decisions = await deps.decisions(customerId, partition);
    if (decisions === undefined) return { kind: 'away' };
    const decided = decisions.find((one) => one.contactId === contactId && one.outcome === 'contact');
    return decided ? found(fieldsOf(decided)) : { kind: 'absent' };
  };
}

function found(contact: ContactFields): ContactAnswer {
  return { kind: 'found', contact: { ...contact, probability: null } };
}

function fieldsOf(decided: DecidedContact): ContactFields {
  const { campaign, offer, arm, channel, category, sendAt, segment, decidedAt } = decided;
  return { campaign, offer, arm, channel, category, sendAt: sendAt ?? decidedAt, segment };
}
