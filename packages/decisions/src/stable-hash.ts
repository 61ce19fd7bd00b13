import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

export interface ContactKey {
  readonly customerId: string;
  readonly trigger: string;
  readonly occasion: string;
  readonly step: string;
}

/**
 * Names why a customer is contacted: 33 characters, `c` and 128 bits in hex. The same customer, trigger, occasion and
 * step give the same id under every policy, so that a decision repeated after a crash cannot contact twice.
 */
export function contactIdOf(key: ContactKey): string {
  return `c${bytesToHex(digest([key.customerId, key.trigger, key.occasion, key.step]).subarray(0, 16))}`;
}

/** Places `id` on [0, 1), evenly over ids and independently for each salt. */
export function shareOf(salt: string, id: string): number {
  const hash = digest([salt, id]);
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + (hash[i] ?? 0);
  return value / 2 ** 48;
}

/** Lengths keep `['ab', 'c']` and `['a', 'bc']` apart. */
function digest(parts: readonly string[]): Uint8Array {
  return sha256(utf8ToBytes(parts.map((part) => `${part.length}:${part}`).join('')));
}
