import type { KpiIncrement } from '@holdfast/engine';
import type { Event } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { type ContactOutcome, countOutcome, isCounted } from './contact-outcomes.ts';
import type { Contact, CustomerState } from './customer-state.ts';

/** How long after a contact what the customer does is put down to it, where its campaign does not say. */
export const ATTRIBUTION_WINDOW_MS = 30 * 86_400_000;

const CONVERSIONS: ReadonlyMap<string, ContactOutcome> = new Map<Event['type'], ContactOutcome>([
  ['PlanChanged', 'converted:plan_changed'],
  ['SubscriptionActivated', 'converted:activated'],
  ['BalanceToppedUp', 'converted:topped_up'],
]);

export function isConversion(type: Event['type']): boolean {
  return CONVERSIONS.has(type);
}

/**
 * Last touch: what a customer does without having answered anybody counts for the contact that reached him last, once for
 * each contact and kind. It is judged when it is told, by what is known of contacts then.
 */
export function attribute(
  state: CustomerState,
  { type, occurredAt }: Event,
  campaigns: CompiledPolicy['campaigns'],
): readonly KpiIncrement[] {
  const what = CONVERSIONS.get(type);
  const contact = what && lastTouch(state.dealings.read().contacts, occurredAt, campaigns);
  if (!contact || isAnswered(contact) || isCounted(contact, what)) return [];
  return countOutcome(state.dealings.change(), contact, { what, atMs: occurredAt });
}

function lastTouch(
  contacts: readonly Contact[],
  atMs: number,
  campaigns: CompiledPolicy['campaigns'],
): Contact | undefined {
  const windowOf = ({ campaign }: Contact) => campaigns.get(campaign)?.attributionMs ?? ATTRIBUTION_WINDOW_MS;
  return contacts
    .filter((contact) => contact.status === 'confirmed' && contact.sendAt <= atMs)
    .filter((contact) => atMs < contact.sendAt + windowOf(contact))
    .reduce<Contact | undefined>(
      (last, contact) => (last && last.sendAt >= contact.sendAt ? last : contact),
      undefined,
    );
}

/** What follows an answer is the answer's. */
function isAnswered(contact: Contact): boolean {
  return (['accepted', 'rejected', 'deferred'] as const).some((answer) => isCounted(contact, answer));
}
