/**
 * What became of a contact. `ghost` is a contact that a control customer would have had: it counts for his limits, so
 * that treated and control stay comparable, but never holds back a service action.
 */
export type ContactStatus = 'reserved' | 'confirmed' | 'released' | 'cancelled' | 'unknown' | 'ghost';

/** One contact in the customer's ledger, which serves all channels. */
export interface LedgerEntry {
  readonly contactId: string;
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly channel: string;
  readonly kind: ContactKind;
  /** Planned time of sending, ms. */
  readonly sendAt: number;
  /** Not after, ms. */
  readonly sendBy: number;
  readonly status: ContactStatus;
  /** When the customer refused the offer, ms; 0 when he did not. */
  readonly rejectedAt: number;
  /** When he accepted it, ms; 0 or absent when he did not. */
  readonly acceptedAt?: number;
}

/** Service actions are exempt from the holdout and from the silence of an open complaint. */
export type ContactKind = 'marketing' | 'service';

export type Ledger = readonly LedgerEntry[];

/** Whether the entry counts for caps and gaps of a contact of this kind: all that was, may have been or will be sent. */
export function countsFor(entry: LedgerEntry, kind: ContactKind): boolean {
  if (entry.status === 'released') return false;
  return entry.status !== 'ghost' || kind === 'marketing';
}
