import { createHash, timingSafeEqual } from 'node:crypto';

export const ROLES = ['producer', 'agent', 'operator'] as const;
export type Role = (typeof ROLES)[number];

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

/** Answers the role of a presented key. Takes equally long for every wrong key. */
export function createKeyRing(keys: readonly ApiKey[]): (presented: string) => Role | undefined {
  const ring = keys.map(({ role, key }) => ({ role, digest: digestOf(key) }));
  return (presented) => {
    const digest = digestOf(presented);
    let found: Role | undefined;
    // No early end: the time must not tell at which key it matched.
    for (const entry of ring) if (timingSafeEqual(entry.digest, digest)) found = entry.role;
    return found;
  };
}

/** The key of a request: `Authorization: Bearer` or `x-api-key`. */
export function presentedKey(headers: {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | readonly string[] | undefined;
}): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const own = headers['x-api-key'];
  return typeof own === 'string' && own !== '' ? own : undefined;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function refused(problem: string): ParsedKeys {
  return { ok: false, problem };
}
