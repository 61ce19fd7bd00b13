import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { afterEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

/** The pack with texts replaced, in a folder of its own. */
function folder(file = '', from = '', to = ''): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
  dirs.push(dir);
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  if (file === '') return dir;
  const text = readFileSync(join(dir, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
  writeFileSync(join(dir, file), text.replace(from, to));
  return dir;
}

async function holdfast(...words: readonly string[]) {
  const said = { code: 0, out: '', err: '' };
  const write = (name: 'out' | 'err') => (text: string) => {
    said[name] += text;
  };
  said.code = await runProgram(COMMANDS, ['policy', ...words], { out: write('out'), err: write('err') });
  return said;
}

describe('policy diff', () => {
  it('of two folders says what is another, asking no server', async () => {
    const changed = folder('triggers.yaml', 'for: 7d', 'for: 10d');
    const { code, out } = await holdfast('diff', DEFAULT_POLICY_DIR, changed);
    expect(code).toBe(0);
    expect(out.split('\n').slice(1)).toEqual([
      '~ triggers gone_quiet',
      '    - absence.for: 7d',
      '    + absence.for: 10d',
      '',
      'campaigns',
      '  quiet_customers: stays live, changed through triggers/gone_quiet',
      '',
    ]);
    const { changes } = JSON.parse((await holdfast('diff', DEFAULT_POLICY_DIR, changed, '--json')).out);
    expect(changes).toMatchObject([{ section: 'triggers', id: 'gone_quiet', kind: 'changed' }]);
  });

  it('of a folder with itself has nothing to say', async () => {
    const { code, out } = await holdfast('diff', DEFAULT_POLICY_DIR, folder());
    expect(code).toBe(0);
    expect(out).toContain('no difference');
  });
});

describe('publishing is refused before any server is asked', () => {
  it.each([
    [
      'a folder with a mistake, where it is',
      () => folder('triggers.yaml', 'for: 7d', 'for: soon'),
      /triggers\.yaml:\d+:\d+ error: for must be a duration/,
    ],
    ['a folder that is not there', () => '/nowhere/at/all', /\/nowhere\/at\/all: ENOENT/],
    ['a folder without a policy', () => mkdtempSync(join(tmpdir(), 'holdfast-policy-')), /no \*\.yaml file/],
    [
      'a folder that is too large',
      () => folder('triggers.yaml', 'triggers:', `# ${'x'.repeat(5_000_000)}\ntriggers:`),
      /more than \d+ characters of policy/,
    ],
  ])('for %s', async (_, dir, words) => {
    const { code, err, out } = await holdfast('publish', dir(), '--by', 'alice');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(words);
  });

  it.each([
    ['promote', 'save_desk', '--to', 'canary'],
    ['promote', 'save_desk', '--to', 'canary(0%)'],
    ['promote', 'save_desk'],
    ['publish'],
    ['publish', DEFAULT_POLICY_DIR, '--again'],
    ['publish', DEFAULT_POLICY_DIR, '--wait', 'soon'],
    ['publish', DEFAULT_POLICY_DIR, '--comment', 'x'.repeat(1_001)],
  ])('for wrong usage: %s', async (...words) => {
    expect((await holdfast(...words)).code).toBe(2);
  });
});
