import type { Consent, ConsentPurpose } from '@holdfast/decisions';
import type { Facts } from './customer-state.ts';

/**
 * What the customer said last about a channel and a purpose. `*` speaks for every channel; of the two the later word
 * counts, and on a tie a withdrawal.
 */
export function consentTo(facts: Facts, channel: string, purpose: ConsentPurpose): Consent {
  let answer: Consent = 'unknown';
  let latest = Number.NEGATIVE_INFINITY;
  for (const flag of facts.consents) {
    if (flag.key !== `${channel}|${purpose}` && flag.key !== `*|${purpose}`) continue;
    if (flag.at < latest || (flag.at === latest && flag.isOn)) continue;
    latest = flag.at;
    answer = flag.isOn ? 'granted' : 'withdrawn';
  }
  return answer;
}
