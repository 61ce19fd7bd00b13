import type { LedgerEntry } from '../src/ledger.ts';

/** A contact on the desk that took place at this time. */
export function contactAt(sendAt: number, fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    contactId: `c-${sendAt}`,
    campaign: 'other',
    offer: 'other',
    category: 'retention',
    channel: 'call-centre',
    kind: 'marketing',
    sendAt,
    sendBy: sendAt,
    status: 'confirmed',
    rejectedAt: 0,
    ...fields,
  };
}
