import { hash, randomBytes } from 'node:crypto';

/** Lets scanners for leaked secrets recognise a key of ours. */
export const KEY_PREFIX = 'hfk_';
const KEY_BYTES = 32;

/** A new key of 256 random bits. */
export function newApiKey(): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

/**
 * What is kept of a key, lower-case hexadecimal. A fast hash is right here: a slow one defends secrets that can be
 * guessed, and 256 random bits cannot; it would only be paid for with every request.
 */
export function keyDigest(key: string): string {
  return hash('sha256', key, 'hex');
}
