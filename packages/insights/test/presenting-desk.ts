import type { PresentedOffer } from '../src/presented-offers.ts';
import type { Random } from './random.ts';

/**
 * A desk whose acceptance rates are known: which offer is the best, which may be offered at all and which the agents like to speak
 * of depends on the customer.
 */
const SEGMENTS = {
  young: { best: 'data', accepts: { data: 0.4, call: 0.05 }, presents: { data: 0.9, call: 0.9 } },
  old: { best: 'call', accepts: { data: 0.1, call: 0.5 }, presents: { data: 0.3, call: 0.9 } },
  /** May be offered nothing but the call. */
  far: { best: 'call', accepts: { data: 0, call: 0.2 }, presents: { data: 0, call: 0.6 } },
} as const;

type Segment = keyof typeof SEGMENTS;
type Offer = 'data' | 'call';
const NAMES: readonly Segment[] = ['young', 'old', 'far'];
const EPSILON = 0.2;

/** Requests for recommendations, ε-greedy between two offers, of which those that were presented are told. */
export function presentedOffers(random: Random, requests: number): readonly PresentedOffer[] {
  const told: PresentedOffer[] = [];
  for (let i = 0; i < requests; i++) {
    const context = NAMES[Math.floor(random() * NAMES.length)] ?? 'far';
    const { best, accepts, presents } = SEGMENTS[context];
    const isBest = context === 'far' || random() < 1 - EPSILON / 2;
    const action: Offer = isBest ? best : best === 'data' ? 'call' : 'data';
    const probability = context === 'far' ? 1 : isBest ? 1 - EPSILON / 2 : EPSILON / 2;
    if (random() >= presents[action]) continue;
    told.push({ context, action, probability, reward: random() < accepts[action] ? 1 : 0 });
  }
  return told;
}

/** Acceptances per presentation, were the offer always drawn where it can be. */
export function trueShare(offer: Offer): number {
  const where = NAMES.filter((name) => offer === 'call' || name !== 'far').map((name) => SEGMENTS[name]);
  const presentations = where.reduce((sum, { presents }) => sum + presents[offer], 0);
  return where.reduce((sum, { presents, accepts }) => sum + presents[offer] * accepts[offer], 0) / presentations;
}
