import {
  DEFAULT_POLICY_DIR,
  loadPolicyFolder,
  openPolicy,
  packPolicyFiles,
  readPolicyFiles,
} from '@holdfast/policy-folder';
import { createCustomerTopology } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { policyInForce } from './policy-in-force.ts';

function folderPolicy() {
  const folder = loadPolicyFolder();
  if (folder.kind === 'invalid') throw new Error(folder.text);
  return folder.policy;
}

/** What a shard keeps of a policy that was published to it. */
function keptOf(files: Readonly<Record<string, string>>, version: string) {
  const packed = packPolicyFiles(files);
  if (packed.kind === 'invalid') throw new Error(packed.message);
  const { configuration } = createCustomerTopology({
    policy: folderPolicy(),
    decodeRecord: () => ({ kind: 'poison', code: 'x', message: 'x' }),
    encodeDecision: () => Buffer.alloc(0),
    openPolicy: (bytes) => openPolicy(bytes, version),
  });
  const brought = { name: version, text: packed.bytes.toString('base64') };
  const taken = configuration?.take(brought, undefined, { atMs: 1, watermarks: new Map() });
  if (taken?.kind !== 'taken') throw new Error(`the policy was ${taken?.kind}`);
  return taken.kept;
}

describe('the policy of a shard', () => {
  it('is the one of the folder before the first that was published', () => {
    expect(policyInForce(undefined, undefined).version).toBe(folderPolicy().version);
    expect(() => policyInForce(undefined, '/nowhere/at/all')).toThrow('the policy cannot be used');
  });

  it('is the published one it keeps, whatever the folder has', () => {
    const files = { ...readPolicyFiles(DEFAULT_POLICY_DIR), 'more.yaml': 'segments: { young: "age < 30" }\n' };
    const version = versionOf(files);
    const kept = keptOf(files, version);
    expect(policyInForce(kept, '/nowhere/at/all').version).toBe(version);
  });

  it('that this release cannot compile is named, with what is wrong', () => {
    const kept = { name: 'sha256:0', text: JSON.stringify({ files: 'AAAA', activations: {} }) };
    expect(() => policyInForce(kept, undefined)).toThrow('policy sha256:0 is in force and cannot be used');
  });
});

/** The version is told by the refusal of a wrong one. */
function versionOf(files: Readonly<Record<string, string>>): string {
  const packed = packPolicyFiles(files);
  const opened = packed.kind === 'ok' ? openPolicy(packed.bytes, '') : undefined;
  const version = opened?.kind === 'refused' ? /sha256:[0-9a-f]{64}/.exec(opened.message)?.[0] : undefined;
  if (version === undefined) throw new Error(JSON.stringify(opened));
  return version;
}
