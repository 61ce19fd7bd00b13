import { createHmac, randomBytes } from 'node:crypto';

const LENGTH = 12;

/**
 * Answers a function from ids to short names for log lines: equal ids give equal names under one key, and nobody without
 * the key can go back or try out ids. Without a key a random one is drawn, so names hold for the life of the process.
 */
export function createPseudonym(key?: string): (id: string) => string {
  const secret = key ?? randomBytes(32);
  return (id) => createHmac('sha256', secret).update(id).digest('base64url').slice(0, LENGTH);
}
