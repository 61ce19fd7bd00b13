import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_DIR, loadPolicyFolder } from '@holdfast/policy-folder';
import { afterEach, describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { describePolicyTests, testPolicyFolder } from './policy-test.ts';
import { runProgram } from './program.ts';

const dirs: string[] = [];
const copyOfDefault = () => {
  const dir = mkdtempSync(join(tmpdir(), 'policy-'));
  dirs.push(dir);
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  return dir;
};
const versionOf = (dir: string) => {
  const folder = loadPolicyFolder(dir);
  return folder.kind === 'ok' ? folder.policy.version : folder.text;
};

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

async function run(...words: string[]) {
  let out = '';
  let err = '';
  const code = await runProgram(COMMANDS, words, { out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

describe('the tests of the policy that comes with the product', () => {
  it('all pass, and every campaign has one that expects a decision of it', async () => {
    const report = await testPolicyFolder();
    expect(report.outcomes.filter(({ passed }) => !passed)).toEqual([]);
    expect(report).toMatchObject({ diagnostics: [], untested: [] });
    expect(report.outcomes.length).toBeGreaterThan(20);
  });

  it('are no part of the policy: its version is the same without them', () => {
    const dir = copyOfDefault();
    rmSync(join(dir, 'tests'), { recursive: true });
    expect(versionOf(dir)).toBe(versionOf(DEFAULT_POLICY_DIR));
  });
});

describe('holdfast policy test', () => {
  it('fails when the policy no longer does what a test says, and tells what it does instead', async () => {
    const dir = copyOfDefault();
    const path = join(dir, 'triggers.yaml');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('crossed(data_share_used, 0.8)', 'crossed(data_share_used, 0.9)'),
    );
    const { code, out } = await run('policy', 'test', dir);
    expect(code).toBe(1);
    expect(out).toMatch(/^FAILED tests\/bundle_care\.test\.yaml:3 four fifths of a bundle/m);
    expect(out).toContain('crossed(data_share_used, 0.9) is false with data_share_used 0.8');
  });

  it('refuses a wrong file with its place, and runs nothing', async () => {
    const dir = copyOfDefault();
    const [name = ''] = readdirSync(join(dir, 'tests'));
    writeFileSync(
      join(dir, 'tests', name),
      'tests:\n  - { name: n, when: [{ at: day 1, event: UsageRecord }], then: nothing }\n',
    );
    const { code, out } = await run('policy', 'test', dir);
    expect(code).toBe(1);
    expect(out).toContain(`tests/${name}:2:43 error: unknown event type "UsageRecord"; did you mean "UsageRecorded"?`);
    expect(out).toMatch(/^errors: 1; no test was run$/m);
  });

  it('answers one JSON text with --json', async () => {
    const { code, out } = await run('policy', 'test', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ diagnostics: [], outcomes: expect.any(Array) });
  });

  it('says so when there is nothing to run', async () => {
    const dir = copyOfDefault();
    rmSync(join(dir, 'tests'), { recursive: true });
    expect(await run('policy', 'test', dir)).toMatchObject({ code: 1, err: expect.stringContaining('no *.test.yaml') });
    expect(await run('policy', 'test', '/nowhere')).toMatchObject({
      code: 1,
      err: expect.stringContaining('/nowhere'),
    });
  });

  it('hides what would steer a terminal in a name', () => {
    const place = { file: 'a', line: 1, column: 1 };
    const outcomes = [{ name: '\u001b[2J', place, passed: true, differences: [] }];
    expect(describePolicyTests({ policyVersion: 'sha256:1', diagnostics: [], untested: [], outcomes })).not.toContain(
      '\u001b',
    );
  });
});
