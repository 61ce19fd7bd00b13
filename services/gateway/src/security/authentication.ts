import type { KeyRing } from './key-ring.ts';
import type { Authenticate, Authentication, RequestHeaders } from './principal.ts';

export interface AuthenticationDeps {
  /** Each answers its keys as they are now; undefined while they could not be read. */
  readonly rings: readonly (() => KeyRing | undefined)[];
  /** Checks tokens of a provider of identities; absent where there is none. */
  readonly tokens?: (token: string) => Promise<Authentication>;
  now(): number;
}

/** A signed token: three parts in base64url, of which the first is a JSON object. */
const TOKEN = /^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** Who sends a request: by API key, else by token. */
export function createAuthenticate(deps: AuthenticationDeps): Authenticate {
  return (headers) => {
    const presented = presentedKey(headers);
    if (presented === undefined) return { kind: 'absent' };
    const byKey = findKey(presented, deps);
    if (byKey.kind === 'known' || deps.tokens === undefined || !TOKEN.test(presented)) return byKey;
    return deps.tokens(presented);
  };
}

function findKey(key: string, { rings, now }: AuthenticationDeps): Authentication {
  let isMissing = false;
  let isExpired = false;
  for (const current of rings) {
    const ring = current();
    if (ring === undefined) isMissing = true;
    const found = ring?.find(key, now());
    if (found === 'expired') isExpired = true;
    else if (found) return { kind: 'known', principal: found };
  }
  if (isExpired) return { kind: 'refused', detail: 'the key has expired' };
  if (isMissing) return { kind: 'unavailable', detail: 'the file of API keys cannot be used' };
  return { kind: 'refused', detail: 'the key is not known here' };
}

/** The key or token of a request: `Authorization: Bearer` or `x-api-key`. */
export function presentedKey(headers: RequestHeaders): string | undefined {
  const { authorization } = headers;
  const bearer = typeof authorization === 'string' ? /^bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  if (bearer !== undefined) return bearer;
  const own = headers['x-api-key'];
  return typeof own === 'string' && own !== '' ? own : undefined;
}
