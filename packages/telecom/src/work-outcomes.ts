import type { KpiIncrement } from '@holdfast/engine';
import type { EventOf } from '@holdfast/events';
import { type ContactOutcome, countOutcome } from './contact-outcomes.ts';
import type { Dealings } from './customer-state.ts';

/**
 * Counts what was done with the work that a contact is, each thing once for a contact. It says nothing of whether the
 * customer was reached, so the contact stays as it is. Of a contact that is not in the ledger nothing is counted: the event
 * does not tell enough of it.
 */
export function countWork(dealings: Dealings, event: EventOf<'WorkItemChanged'>): readonly KpiIncrement[] {
  return workNews(event).flatMap((what) => {
    // Read anew: counting replaces it.
    const contact = dealings.contacts.find(({ contactId }) => contactId === event.contactId);
    return contact ? countOutcome(dealings, contact, { what, atMs: event.occurredAt }) : [];
  });
}

function workNews({ change, occurredAt, dueAt }: EventOf<'WorkItemChanged'>): readonly ContactOutcome[] {
  switch (change) {
    case 'OPENED':
      return ['work:opened'];
    case 'CLAIMED':
      return ['work:claimed'];
    case 'FINISHED':
      return ['work:finished', dueAt === null || occurredAt <= dueAt ? 'work:in_time' : 'work:late'];
    case 'ESCALATED':
      return ['work:escalated'];
    case 'REOPENED':
      return ['work:reopened'];
    case 'EXPIRED':
      return ['work:expired'];
    case 'WITHDRAWN':
      return ['work:withdrawn'];
    default:
      return [];
  }
}
