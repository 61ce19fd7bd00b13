/** What the shard knows beyond the customer; all of it committed state. */
export interface ShardStanding {
  /**
   * Beta posterior learnt of an offer in a segment; undefined: only the prior of the policy is known. The same function
   * always answers the same, since the order of offers is remembered with it; what is learnt anew comes with another one.
   */
  posterior(offer: string, segment: string): { readonly alpha: number; readonly beta: number } | undefined;
  /** What the shard may still spend of a campaign's budget; infinite where it has none. */
  budgetLeft(campaign: string): { readonly minor: number; readonly pieces: number };
  /** Contacts that still fit into the slot of a channel that begins at `slotMs`; infinite where it has no capacity. */
  slotsLeft(channel: string, slotMs: number): number;
}

const WITHOUT_END = { minor: Number.POSITIVE_INFINITY, pieces: Number.POSITIVE_INFINITY };

/** Nothing learnt, nothing spent, every slot free. */
export const UNBOUNDED: ShardStanding = {
  posterior: () => undefined,
  budgetLeft: () => WITHOUT_END,
  slotsLeft: () => Number.POSITIVE_INFINITY,
};
