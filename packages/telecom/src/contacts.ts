import { limitHorizonMs, overLimit } from '@holdfast/decisions';
import type { DecisionMade } from '@holdfast/events';
import type { ContactPolicy } from '@holdfast/policy';
import { CAPS, type CampaignPlan, type Contact, type Dealings, UNTOUCHED } from './customer-state.ts';

/**
 * Takes a decision into the ledger, made now or found in the log: the contact, or the ghost of a control customer. Answers
 * it when it was not there.
 */
export function reserve(dealings: Dealings, decision: DecisionMade): Contact | undefined {
  const status = RESERVED_STATUS[decision.outcome];
  if (!status || dealings.contacts.some((contact) => contact.contactId === decision.contactId)) return undefined;
  const sendAt = decision.sendAt ?? decision.decidedAt;
  const contact: Contact = {
    ...UNTOUCHED,
    contactId: decision.contactId,
    trigger: decision.trigger,
    occasion: decision.occasion,
    step: decision.step,
    variant: decision.variant,
    segment: decision.segment,
    decidedAt: decision.decidedAt,
    costMinor: decision.costMinor,
    slotAt: decision.slotAt ?? 0,
    validUntil: decision.validUntil ?? 0,
    campaign: decision.campaign,
    offer: decision.offer,
    category: decision.category,
    channel: decision.channel,
    kind: decision.kind === 'service' ? 'service' : 'marketing',
    arm: decision.arm,
    sendAt,
    sendBy: decision.sendBy ?? sendAt,
    status,
  };
  dealings.contacts.push(contact);
  return contact;
}

/** Whether the contact is a step of the plan. */
export function isOfPlan(contact: Contact, plan: Pick<CampaignPlan, 'campaign' | 'trigger' | 'occasion'>): boolean {
  const { campaign, trigger, occasion } = contact;
  return campaign === plan.campaign && trigger === plan.trigger && occasion === plan.occasion;
}

const RESERVED_STATUS: { readonly [O in DecisionMade['outcome']]?: Contact['status'] } = {
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

/** Answers come late, and each is counted once: a contact is known so long after its time, whatever the limits read. */
const ANSWERED_WITHIN_MS = 30 * 86_400_000;

/** How long after its time a contact stays in the ledger. */
export function ledgerHorizonMs(policy: ContactPolicy): number {
  return Math.max(limitHorizonMs(policy), ANSWERED_WITHIN_MS);
}

/**
 * Forgets contacts that nobody asks for any more, then the oldest beyond the cap. Answers
 * whether the cap was met.
 */
export function trimContacts(dealings: Dealings, nowMs: number, policy: ContactPolicy): boolean {
  const keepFrom = nowMs - ledgerHorizonMs(policy);
  const isNeeded = (contact: Contact) =>
    contact.status === 'reserved' ||
    Math.max(contact.sendBy, contact.rejectedAt, contact.acceptedAt) >= keepFrom ||
    dealings.plans.some((plan) => plan.endedAt === 0 && isOfPlan(contact, plan));
  const kept = dealings.contacts.filter(isNeeded);
  kept.sort((a, b) => Number(a.status === 'reserved') - Number(b.status === 'reserved') || a.sendAt - b.sendAt);
  const excess = Math.max(0, kept.length - CAPS.contacts);
  dealings.contacts = kept.slice(excess).sort((a, b) => a.sendAt - b.sendAt);
  return excess > 0;
}
