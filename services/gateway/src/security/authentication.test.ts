import { keyDigest } from '@holdfast/access';
import { describe, expect, it } from 'vitest';
import { createAuthenticate } from './authentication.ts';
import { type KeyRing, keyRingOf } from './key-ring.ts';
import type { Authentication } from './principal.ts';

const NOT_AFTER = '2027-03-01T00:00:00Z';
const ring = keyRingOf([
  { id: 'crm', sha256: keyDigest('hfk_old'), roles: ['agent'], desks: ['care'], notAfter: NOT_AFTER },
  { id: 'crm', sha256: keyDigest('hfk_new'), roles: ['agent'], desks: ['care'] },
]);
const known: Authentication = { kind: 'known', principal: { id: 'p', kind: 'person', roles: [] } };

function by(key: string, options: { at?: string; rings?: (KeyRing | undefined)[]; hasTokens?: boolean } = {}) {
  const asked: string[] = [];
  const authenticate = createAuthenticate({
    rings: (options.rings ?? [ring]).map((each) => () => each),
    now: () => Date.parse(options.at ?? '2027-01-01T00:00:00Z'),
    ...(options.hasTokens && {
      tokens: async (token) => {
        asked.push(token);
        return known;
      },
    }),
  });
  return { found: authenticate({ authorization: `Bearer ${key}` }), asked };
}

describe('who sends a request', () => {
  it('is the same caller by his old and his new key', () => {
    const principal = { id: 'crm', kind: 'key', roles: ['agent'], desks: ['care'] };
    expect(by('hfk_old').found).toEqual({ kind: 'known', principal });
    expect(by('hfk_new').found).toEqual({ kind: 'known', principal });
  });

  it('is refused from the last moment of his key on', () => {
    expect(by('hfk_old', { at: '2027-02-28T23:59:59.999Z' }).found).toMatchObject({ kind: 'known' });
    expect(by('hfk_old', { at: NOT_AFTER }).found).toEqual({ kind: 'refused', detail: 'the key has expired' });
    expect(by('hfk_new', { at: NOT_AFTER }).found).toMatchObject({ kind: 'known' });
  });

  it('is not known by the digest of a key', () => {
    expect(by(keyDigest('hfk_new')).found).toMatchObject({ kind: 'refused' });
  });

  it('cannot be told while a ring is missing that might know him', () => {
    expect(by('hfk_other', { rings: [ring, undefined] }).found).toMatchObject({ kind: 'unavailable' });
    expect(by('hfk_new', { rings: [undefined, ring] }).found).toMatchObject({ kind: 'known' });
  });

  it('is asked of the provider only for what looks like a token', async () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
    expect(await by(token, { hasTokens: true }).found).toEqual(known);
    expect(by(token).found).toMatchObject({ kind: 'refused' });
    const key = by('hfk_other', { hasTokens: true });
    expect([await key.found, key.asked]).toMatchObject([{ kind: 'refused' }, []]);
  });
});
