import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY_DIR, loadPolicyFolder } from './policy-folder.ts';

const dirs: string[] = [];
const copyOfDefault = () => {
  const dir = mkdtempSync(join(tmpdir(), 'policy-'));
  dirs.push(dir);
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  return dir;
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

  it('that is not there, or empty, is refused with its path', () => {
    expect(loadPolicyFolder('/nowhere/at/all')).toMatchObject({
      kind: 'invalid',
      text: expect.stringContaining('/nowhere/at/all'),
    });
  });
});
