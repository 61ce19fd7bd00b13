import { describe, expect, it } from 'vitest';
import { openPolicy } from './packed-policy.ts';
import { packPolicyFiles } from './policy-files.ts';
import { DEFAULT_POLICY_DIR, loadPolicyFolder, readPolicyFiles } from './policy-folder.ts';

function packed(changes: Readonly<Record<string, string>> = {}): Buffer {
  const answer = packPolicyFiles({ ...readPolicyFiles(DEFAULT_POLICY_DIR), ...changes });
  if (answer.kind === 'invalid') throw new Error(answer.message);
  return answer.bytes;
}

describe('a published policy', () => {
  it('is the one of the folder it was packed from', () => {
    const folder = loadPolicyFolder();
    if (folder.kind === 'invalid') throw new Error(folder.text);
    const opened = openPolicy(packed(), folder.policy.version);
    expect(opened).toMatchObject({ kind: 'opened', policy: { version: folder.policy.version } });
  });

  it('that is not what its record says is refused', () => {
    expect(openPolicy(packed(), 'sha256:0')).toEqual({
      kind: 'refused',
      message: expect.stringMatching(/^its files are sha256:[0-9a-f]{64}, not what the record says$/),
    });
  });

  it('that does not compile is refused with the first findings, and how many there are more', () => {
    const wrong = { 'wrong.yaml': 'triggers:\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  e: 5\n' };
    expect(openPolicy(packed(wrong), 'sha256:0')).toEqual({
      kind: 'refused',
      message: expect.stringMatching(/^wrong\.yaml:2:\d+ .*; and 2 more$/),
    });
  });

  it('that cannot be unpacked is refused with what is wrong', () => {
    expect(openPolicy(Buffer.from('x'), 'sha256:0')).toEqual({
      kind: 'refused',
      message: expect.stringContaining('cannot be unpacked'),
    });
  });
});
