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

const FRESH = sha256.create();
const HASHER = sha256.create();
const HASH = new Uint8Array(32);

/** Lengths keep `['ab', 'c']` and `['a', 'bc']` apart. Valid until the next call: a hasher of its own each would cost half. */
function digest(parts: readonly string[]): Uint8Array {
  FRESH._cloneInto(HASHER);
  HASHER.update(asciiBytes(parts) ?? utf8ToBytes(parts.map(framed).join(''))).digestInto(HASH);
  return HASH;
}

const framed = (part: string): string => `${part.length}:${part}`;

const SCRATCH = new Uint8Array(512);
const ZERO = 48;
const COLON = 58;
/** Digits of a length that fits. */
const MOST_DIGITS = 3;

/**
 * What is ASCII, as ids mostly are, is copied five times as fast as it is encoded: undefined for other parts, and for those
 * that are too long. Valid until the next call.
 */
function asciiBytes(parts: readonly string[]): Uint8Array | undefined {
  let at = 0;
  for (const part of parts) {
    const { length } = part;
    if (at + MOST_DIGITS + 1 + length > SCRATCH.length) return undefined;
    if (length >= 100) SCRATCH[at++] = ZERO + Math.floor(length / 100);
    if (length >= 10) SCRATCH[at++] = ZERO + (Math.floor(length / 10) % 10);
    SCRATCH[at++] = ZERO + (length % 10);
    SCRATCH[at++] = COLON;
    for (let index = 0; index < length; index += 1) {
      const code = part.charCodeAt(index);
      if (code > 127) return undefined;
      SCRATCH[at++] = code;
    }
  }
  return SCRATCH.subarray(0, at);
}
