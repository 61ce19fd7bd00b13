import { keyDigest, ROLES, type Role } from '@holdfast/access';
import { createAuthenticate } from './authentication.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import type { Authenticate } from './principal.ts';

/** A key of the environment, for one role; the key file can say more. */
export interface ApiKey {
  readonly role: Role;
  readonly key: string;
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly ApiKey[] }
  | { readonly ok: false; readonly problem: string };

const MIN_KEY_LENGTH = 16;

/** Reads `role:key,role:key`. Problems name the position of an entry, never its text. */
export function parseApiKeys(text: string): ParsedKeys {
  const keys: ApiKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const [word = '', ...rest] = entry.trim().split(':');
    const key = rest.join(':');
    const role = ROLES.find((known) => known === word);
    const place = `entry ${index + 1}`;
    if (role === undefined) return refused(`${place} must be role:key with a role of ${ROLES.join(', ')}`);
    if (key.length < MIN_KEY_LENGTH) return refused(`${place} has a key shorter than ${MIN_KEY_LENGTH} characters`);
    if (!/^[\x21-\x7e]+$/.test(key)) return refused(`${place} has a key with a character that no header can carry`);
    if (keys.some((other) => other.key === key)) return refused(`${place} repeats a key: one key has one role`);
    keys.push({ role, key });
  }
  return { ok: true, keys };
}

/** Each is named by its role and the beginning of its digest: tells keys apart and gives none away. */
export function ringOfEnvironment(keys: readonly ApiKey[]): KeyRing {
  return createKeyRing(
    keys.map(({ role, key }) => {
      const digest = keyDigest(key);
      return { digest, principal: { id: `${role}-${digest.slice(0, 8)}`, kind: 'key', roles: [role] } };
    }),
  );
}

/** Authenticates by the keys of the environment alone. */
export function authenticateByKeys(keys: readonly ApiKey[]): Authenticate {
  const ring = ringOfEnvironment(keys);
  return createAuthenticate({ rings: [() => ring], now: () => Date.now() });
}

function refused(problem: string): ParsedKeys {
  return { ok: false, problem };
}
