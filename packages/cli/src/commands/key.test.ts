import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyDigest, readKeyFile } from '@holdfast/access';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function holdfast(...words: string[]) {
  const text = { out: '', err: '' };
  const output = { out: (more: string) => (text.out += more), err: (more: string) => (text.err += more) };
  return { code: await runProgram(COMMANDS, words, output), ...text };
}

describe('holdfast key create', () => {
  it('shows the key once, and the entry that a gateway takes for it', async () => {
    const { code, out } = await holdfast(
      ...['key', 'create', '--id', 'crm', '--role', 'agent', '--role', 'supervisor'],
      ...['--desk', 'retention', '--team', 'north', '--expires', '90d'],
    );
    const [key = '', , ...lines] = out.split('\n');
    const [entry] = readKeyFile(lines.join('\n'));
    expect([code, key]).toEqual([0, expect.stringMatching(/^hfk_[\w-]{43}$/)]);
    expect(entry).toMatchObject({
      id: 'crm',
      sha256: keyDigest(key),
      roles: ['agent', 'supervisor'],
      desks: ['retention'],
      teams: ['north'],
    });
    const days = (Date.parse(entry?.notAfter ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    expect(lines.join('\n')).not.toContain(key);
  });

  it('puts the entry into a file, made for its owner alone, and keeps what is there', async () => {
    const path = join(folder, 'keys.yaml');
    const first = await holdfast('key', 'create', '--id', 'crm', '--role', 'agent', '--into', path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, `# of the CRM\n${readFileSync(path, 'utf8')}`);
    const second = await holdfast('key', 'create', '--id', 'crm', '--role', 'agent', '--into', path);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^# of the CRM\n/);
    expect(readKeyFile(text).map(({ sha256 }) => sha256)).toEqual(
      [first.out, second.out].map((out) => keyDigest(out.trim())),
    );
  });

  it('leaves a file alone that it would break, and says so', async () => {
    const path = join(folder, 'keys.yaml');
    await holdfast('key', 'create', '--id', 'crm', '--role', 'agent', '--into', path);
    const before = readFileSync(path, 'utf8');
    const other = await holdfast('key', 'create', '--id', 'crm', '--role', 'operator', '--into', path);
    expect([other.code, other.out, readFileSync(path, 'utf8')]).toEqual([1, '', before]);
    expect(other.err).toContain('keys[1] has the id of keys[0] and other roles');
  });

  it.each([
    [['--role', 'agent'], /required option '--id/],
    [['--id', 'crm'], /required option '--role/],
    [['--id', 'crm', '--role', 'admin'], /one of producer, agent/],
    [['--id', 'a b', '--role', 'agent'], /keys\[0\]\.id: must be 1 to 128/],
    [['--id', 'crm', '--role', 'agent', '--expires', 'never'], /a span like 12h or 90d/],
    [['--id', 'crm', '--role', 'agent', '--expires', '0d'], /a span like 12h or 90d/],
  ])('answers %j with what is wrong and code 2', async (words, expected) => {
    const { code, out, err } = await holdfast('key', 'create', ...words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(expected);
  });
});

describe('holdfast key check', () => {
  it('lists keys by whom they belong to, and gives none away', async () => {
    const path = join(folder, 'keys.yaml');
    const { out: key } = await holdfast(
      ...['key', 'create', '--id', 'crm', '--role', 'agent', '--expires', '3d', '--into', path],
    );
    await holdfast('key', 'create', '--id', 'billing', '--role', 'producer', '--into', path);
    const { code, out } = await holdfast('key', 'check', path);
    expect(code).toBe(0);
    expect(out).toMatch(/^ID +KEY +ROLES/);
    expect(out).toMatch(/crm +[0-9a-f]{8} +agent +all +all +\S+Z, soon/);
    expect(out).toMatch(/billing +[0-9a-f]{8} +producer +all +all +withdrawn/);
    expect(out).toContain('keys: 2, callers: 2');
    expect(out).not.toContain(key.trim());
  });

  it('says where a file is wrong, with code 1', async () => {
    const path = join(folder, 'keys.yaml');
    writeFileSync(path, 'keys:\n  - id: crm\n    roles: [agent]\n    sha256: hfk_plain-secret\n');
    const { code, err } = await holdfast('key', 'check', path);
    expect(code).toBe(1);
    expect(err).toContain('line 4: keys[0].sha256: must be 64 hexadecimal digits');
    expect(err).not.toContain('plain-secret');
    expect((await holdfast('key', 'check', join(folder, 'none.yaml'))).err).toMatch(/cannot be read/);
  });
});
