import { describe, expect, it } from 'vitest';
import { keyDigest, newApiKey } from './api-key.ts';
import { keyEntryText, readKeyFile } from './key-file.ts';
import { ROLES } from './roles.ts';

const digest = (seed: string) => keyDigest(seed);
const entry = (change: object = {}) => ({ id: 'crm', sha256: digest('a'), roles: ['agent'], ...change });
const file = (...entries: object[]) => JSON.stringify({ keys: entries });

describe('a file of API keys', () => {
  it('takes several keys of one id, so that keys change without a gap', () => {
    const keys = readKeyFile(`keys:
  - id: crm
    sha256: ${digest('old')}
    roles: [agent, producer]
    desks: [retention]
    notAfter: 2027-03-01T00:00:00Z
  - id: crm
    sha256: ${digest('new')}
    roles: [producer, agent]
    desks: [retention]
`);
    expect(keys.map(({ id, notAfter }) => [id, notAfter])).toEqual([
      ['crm', '2027-03-01T00:00:00Z'],
      ['crm', undefined],
    ]);
  });

  it('may be empty of keys, so that the last one can be withdrawn', () => {
    expect(readKeyFile('keys: []')).toEqual([]);
  });

  it.each([
    ['keys: [', /^line 1: is no YAML/],
    ['', /^line 1: the file/],
    ['key: []', /the file has a field that does not exist: key/],
    [file(entry({ roles: ['admin'] })), new RegExp(`keys\\[0\\].roles\\[0\\]: must be one of ${ROLES.join(', ')}`)],
    [file(entry({ roles: [] })), /keys\[0\].roles: must name a role/],
    [file(entry({ sha256: 'hfk_plain-text-secret' })), /keys\[0\].sha256: must be 64 hexadecimal digits/],
    [file(entry({ key: 'hfk_plain-text-secret' })), /keys\[0\] has a field that does not exist: key/],
    [file(entry({ id: 'a b' })), /keys\[0\].id: must be 1 to 128/],
    [file(entry({ notAfter: 'tomorrow' })), /keys\[0\].notAfter: must be a time such as/],
    [file(entry({ desks: 'retention' })), /keys\[0\].desks/],
    [file(entry(), entry()), /keys\[1\] repeats the key of keys\[0\]/],
    [file(entry(), entry({ sha256: digest('b'), roles: ['operator'] })), /keys\[1\] has the id of keys\[0\] and other/],
    [file(entry(), entry({ sha256: digest('b'), desks: [] })), /keys\[1\] has the id of keys\[0\] and other/],
    ['keys: &a [*a]', /uses an alias/],
  ])('refuses %j by its place, without a secret', (text, expected) => {
    const message = messageOf(() => readKeyFile(text));
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/plain-text|hfk_/);
  });

  it('is told with the line of the mistake', () => {
    const text = `keys:\n  - id: crm\n    sha256: ${digest('a')}\n    roles:\n      - agent\n      - admin\n`;
    expect(messageOf(() => readKeyFile(text))).toMatch(/^line 6: keys\[0\]\.roles\[1\]/);
  });

  it('takes back the lines of an entry that were written for it', () => {
    const written = { ...entry({ desks: ['retention'], notAfter: '2027-03-01T00:00:00Z' }), roles: ['agent' as const] };
    expect(readKeyFile(`keys:\n${keyEntryText(written)}`)).toEqual([written]);
  });
});

describe('a new key', () => {
  it('has 256 random bits that any header can carry', () => {
    const keys = new Set(Array.from({ length: 100 }, newApiKey));
    expect(keys.size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^hfk_[A-Za-z0-9_-]{43}$/);
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it was taken');
}
