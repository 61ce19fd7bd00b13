import { type KeyEntry, keyDigest } from '@holdfast/access';
import type { Principal } from './principal.ts';

/** Keys by what is kept of them. */
export interface KeyRing {
  /** Whose key it is; `expired` for one that was. */
  find(key: string, nowMs: number): Principal | 'expired' | undefined;
}

export interface RingEntry {
  /** SHA-256 of the key, lower-case hexadecimal. */
  readonly digest: string;
  readonly principal: Principal;
  /** From then on it opens nothing, ms. */
  readonly notAfterMs?: number;
}

/**
 * Looked up by digest: how long that takes tells at most how far a digest agrees with one that is kept, and nobody can
 * choose keys by their digest.
 */
export function createKeyRing(entries: readonly RingEntry[]): KeyRing {
  const byDigest = new Map(entries.map((entry) => [entry.digest, entry]));
  return {
    find(key, nowMs) {
      const entry = byDigest.get(keyDigest(key));
      if (entry === undefined) return undefined;
      return entry.notAfterMs !== undefined && nowMs >= entry.notAfterMs ? 'expired' : entry.principal;
    },
  };
}

/** The ring of a key file. */
export function keyRingOf(entries: readonly KeyEntry[]): KeyRing {
  return createKeyRing(
    entries.map(({ id, sha256, roles, desks, teams, notAfter }) => ({
      digest: sha256,
      principal: { id, kind: 'key', roles, ...(desks && { desks }), ...(teams && { teams }) },
      ...(notAfter !== undefined && { notAfterMs: Date.parse(notAfter) }),
    })),
  );
}
