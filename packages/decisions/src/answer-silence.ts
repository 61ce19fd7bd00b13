import type { ContactPolicy } from '@holdfast/policy';
import type { Ledger } from './ledger.ts';

/** Until when answers of the customer silence what is sent, ms; 0 where they do not. */
export interface SilencedUntil {
  /** Rejected: that offer. */
  ofOffer(offer: string): number;
  /** Accepted: all marketing of the category. */
  ofCategory(category: string): number;
  /** Rejected too often: all marketing. */
  readonly ofMarketing: number;
}

export function silencedUntil(ledger: Ledger, policy: ContactPolicy): SilencedUntil {
  const rejected = ledger.filter((entry) => entry.rejectedAt > 0);
  const accepted = ledger.filter((entry) => (entry.acceptedAt ?? 0) > 0);
  return {
    ofOffer(offer) {
      let until = 0;
      for (const entry of rejected) {
        if (entry.offer === offer) until = Math.max(until, entry.rejectedAt + policy.cooldownMs);
      }
      return until;
    },
    ofCategory(category) {
      let until = 0;
      for (const { category: accepting, acceptedAt = 0 } of accepted) {
        if (accepting === category) until = Math.max(until, acceptedAt + policy.acceptanceCooldownMs);
      }
      return until;
    },
    ofMarketing: silentAfterRejections(rejected, policy.rejections),
  };
}

/** After the last of `max` rejections in less than `withinMs`; later ones, being as many again, prolong it. */
function silentAfterRejections(rejected: Ledger, rule: ContactPolicy['rejections']): number {
  if (rule === undefined || rejected.length < rule.max) return 0;
  const times = rejected.map(({ rejectedAt }) => rejectedAt).sort((a, b) => a - b);
  let until = 0;
  for (const [index, last] of times.entries()) {
    const first = times[index - rule.max + 1];
    if (first !== undefined && last - first < rule.withinMs) until = last + rule.silentForMs;
  }
  return until;
}
