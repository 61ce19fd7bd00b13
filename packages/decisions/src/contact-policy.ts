import type { ContactCap, ContactPolicy } from '@holdfast/policy';
import { type ContactKind, countsFor, type Ledger, type LedgerEntry } from './ledger.ts';

/** A contact to be placed. */
export interface PlannedContact {
  readonly offer: string;
  readonly category: string;
  readonly channel: string;
  readonly kind: ContactKind;
  /** Ms since the epoch. */
  readonly sendAt: number;
}

export type ContactLimit = 'cap' | 'minimum-gap' | 'cool-down';

/** The first limit the contact would break at its `sendAt`; undefined when none. */
export function brokenLimit(contact: PlannedContact, ledger: Ledger, policy: ContactPolicy): ContactLimit | undefined {
  if (isCoolingDown(contact, ledger, policy.cooldownMs)) return 'cool-down';
  const counted = ledger.filter((entry) => countsFor(entry, contact.kind));
  if (counted.some((entry) => Math.abs(entry.sendAt - contact.sendAt) < policy.minimumGapMs)) return 'minimum-gap';
  if (policy.caps.some((cap) => isCapFull(cap, contact, counted))) return 'cap';
  return undefined;
}

/**
 * Ids of the open contacts touched by a limit that the ledger exceeds. It happens only when released contacts come to
 * light after others were planned; which of them was first sent is not known, so all of them are named.
 */
export function overLimit(ledger: Ledger, policy: ContactPolicy): readonly string[] {
  return ledger
    .filter((entry) => entry.status === 'reserved' && isOverLimit(entry, ledger, policy))
    .map((entry) => entry.contactId);
}

/** Longest time for which an entry matters to any limit, ms. */
export function limitHorizonMs(policy: ContactPolicy): number {
  return Math.max(policy.minimumGapMs, policy.cooldownMs, ...policy.caps.map((cap) => cap.perMs), 0);
}

function isOverLimit(entry: LedgerEntry, ledger: Ledger, policy: ContactPolicy): boolean {
  const others = ledger.filter((other) => other.contactId !== entry.contactId && countsFor(other, entry.kind));
  if (others.some((other) => Math.abs(other.sendAt - entry.sendAt) < policy.minimumGapMs)) return true;
  return policy.caps.some((cap) => isCapFull(cap, entry, others));
}

function isCoolingDown(contact: PlannedContact, ledger: Ledger, cooldownMs: number): boolean {
  return ledger.some(
    (entry) => entry.offer === contact.offer && entry.rejectedAt > 0 && contact.sendAt < entry.rejectedAt + cooldownMs,
  );
}

/** Whether some window of `perMs` around the contact already holds `max` others: entries may lie on both sides of it. */
function isCapFull(cap: ContactCap, contact: PlannedContact, counted: readonly LedgerEntry[]): boolean {
  if (!concerns(cap, contact)) return false;
  const times = counted
    .filter((entry) => concerns(cap, entry) && Math.abs(entry.sendAt - contact.sendAt) < cap.perMs)
    .map((entry) => entry.sendAt);
  if (times.length < cap.max) return false;
  const starts = [contact.sendAt, ...times.filter((time) => time <= contact.sendAt)];
  return starts.some((start) => times.filter((t) => t >= start && t < start + cap.perMs).length >= cap.max);
}

function concerns(cap: ContactCap, contact: { readonly channel: string; readonly category: string }): boolean {
  return (
    (cap.channel === undefined || cap.channel === contact.channel) &&
    (cap.category === undefined || cap.category === contact.category)
  );
}
