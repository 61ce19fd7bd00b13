import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY_DIR, loadPolicyFolder, readPolicyFiles } from './policy-folder.ts';

const dirs: string[] = [];
const copyOfDefault = () => {
  const dir = mkdtempSync(join(tmpdir(), 'policy-'));
  dirs.push(dir);
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  return dir;
};

/** Folders beside each other, with files by path; `market` is the one of the policy. */
const besideEachOther = (folders: Readonly<Record<string, Readonly<Record<string, string>>>>) => {
  const root = mkdtempSync(join(tmpdir(), 'policies-'));
  dirs.push(root);
  for (const [folder, files] of Object.entries(folders)) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, folder, path)), { recursive: true });
      writeFileSync(join(root, folder, path), text);
    }
  }
  return { market: join(root, 'market') };
};

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

describe('a policy folder', () => {
  it('that comes with the product compiles without a warning', () => {
    const folder = loadPolicyFolder();
    expect(folder).toMatchObject({ kind: 'ok', warnings: [] });
  });

  it('has the same version wherever it lies', () => {
    const [a, b] = [loadPolicyFolder(), loadPolicyFolder(copyOfDefault())];
    if (a.kind !== 'ok' || b.kind !== 'ok') throw new Error('the default policy does not compile');
    expect(b.policy.version).toBe(a.policy.version);
  });

  it('with a typo is refused with file, line, column and the name that was meant', () => {
    const dir = copyOfDefault();
    const path = join(dir, 'triggers.yaml');
    const text = readFileSync(path, 'utf8');
    const line = text.split('\n').findIndex((row) => row.includes('crossed(data_share_used')) + 1;
    writeFileSync(path, text.replace('crossed(data_share_used', 'crossed(data_shared_used'));
    const folder = loadPolicyFolder(dir);
    if (folder.kind !== 'invalid') throw new Error('accepted');
    expect(folder.text).toMatch(
      new RegExp(`^triggers\\.yaml:${line}:\\d+ error: .*did you mean "data_share_used"\\?`, 'm'),
    );
  });

  it('takes in a folder beside it that it includes, and that folder another one', () => {
    const { market } = besideEachOther({
      base: { 'rules.yaml': 'includes: [../brand]\nexclusions:\n  minors: { when: age < 18 }\n' },
      brand: { 'texts.yaml': 'languages: [en, zh]\n' },
      market: { 'a.yaml': 'includes: [../base]\nsegments:\n  grown: age >= 18\n' },
    });
    const folder = loadPolicyFolder(market);
    if (folder.kind !== 'ok') throw new Error(folder.text);
    expect(folder.policy.exclusions).toMatchObject([{ id: 'minors' }]);
    expect(folder.policy.languages).toEqual(['en', 'zh']);
    expect(Object.keys(readPolicyFiles(market))).toEqual(['a.yaml', '@base/rules.yaml', '@brand/texts.yaml']);
  });

  it.each([
    ['includes: [../nowhere]', 'a.yaml:1:12 error: unknown file or folder "../nowhere"'],
    ['includes: [../market]', 'a.yaml:1:12 error: unknown file or folder "../market"'],
    ['includes: [../../etc]', 'a.yaml:1:12 error: "../../etc" leads out'],
    ['includes: [/etc/passwd]', 'a.yaml:1:12 error: "/etc/passwd" leads out'],
    ['includes: [b.yaml]', 'a.yaml:1:12 error: files include each other in a circle: a.yaml → b.yaml → a.yaml'],
    ['includes: [a.yaml]', 'a.yaml:1:12 error: files include each other in a circle: a.yaml → a.yaml'],
  ])('refuses "%s"', (text, expected) => {
    const { market } = besideEachOther({ market: { 'a.yaml': `${text}\n`, 'b.yaml': 'includes: [a.yaml]\n' } });
    const folder = loadPolicyFolder(market);
    expect(folder.kind === 'invalid' ? folder.text : 'accepted').toContain(expected);
  });

  it('reads no file through a link that leads out of it', () => {
    const { market } = besideEachOther({ market: { 'a.yaml': 'languages: [en]\n' }, secret: { 's.yaml': 'x: 1\n' } });
    symlinkSync(join(market, '..', 'secret', 's.yaml'), join(market, 'link.yaml'));
    expect(loadPolicyFolder(market)).toMatchObject({ kind: 'invalid', text: expect.stringContaining('leads out') });
  });

  it('reads a mounted folder once, whose files are links into a hidden folder', () => {
    const { market } = besideEachOther({ market: { '..data/a.yaml': 'languages: [en, zh]\n' } });
    symlinkSync(join('..data', 'a.yaml'), join(market, 'a.yaml'));
    const folder = loadPolicyFolder(market);
    expect(folder.kind === 'ok' ? folder.policy.languages : folder.text).toEqual(['en', 'zh']);
  });

  it('that is not there, or empty, is refused with its path', () => {
    expect(loadPolicyFolder('/nowhere/at/all')).toMatchObject({
      kind: 'invalid',
      text: expect.stringContaining('/nowhere/at/all'),
    });
  });
});
