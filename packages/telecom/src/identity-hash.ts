/** Two unsigned words of 32 bits. */
export interface IdentityHash {
  high: number;
  low: number;
}

/**
 * Hashes `(source, eventId)`: two multiplicative lanes with a final mix. It meets accidents, not attackers, who could
 * only lose their own events. What the source makes of the lanes is kept from the call before: neighbours in the
 * stream mostly share it.
 */
export function createSourceHash(): (source: string, eventId: string, hash: IdentityHash) => void {
  let lastSource: string | undefined;
  let sourceA = 0;
  let sourceB = 0;
  return (source, eventId, hash) => {
    if (source !== lastSource) {
      sourceA = laneA(source);
      sourceB = laneB(source);
      lastSource = source;
    }
    let a = sourceA;
    let b = sourceB;
    for (let i = 0; i < eventId.length; i++) {
      const unit = eventId.charCodeAt(i);
      a = Math.imul(a ^ unit, PRIME_A);
      b = Math.imul(b ^ unit, PRIME_B) ^ (b >>> 15);
    }
    hash.high = mixed(a ^ (b >>> 7));
    hash.low = mixed(b);
  };
}

const PRIME_A = 0x01000193;
const PRIME_B = 0x5bd1e995;
/** No UTF-16 unit: it keeps `('ab', 'c')` and `('a', 'bc')` apart. */
const END_OF_SOURCE = 0x10000;

function laneA(source: string): number {
  let a = 0x9e3779b9;
  for (let i = 0; i < source.length; i++) a = Math.imul(a ^ source.charCodeAt(i), PRIME_A);
  return Math.imul(a ^ END_OF_SOURCE, PRIME_A);
}

function laneB(source: string): number {
  let b = 0x7f4a7c15;
  for (let i = 0; i < source.length; i++) b = Math.imul(b ^ source.charCodeAt(i), PRIME_B);
  return Math.imul(b ^ END_OF_SOURCE, PRIME_B);
}

function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
