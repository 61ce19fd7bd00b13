import type { Configuration } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder, openPolicy } from '@holdfast/policy-folder';
import { packedFilesOf } from '@holdfast/telecom';
import { StackFailure } from '../../../infra/stack/index.mjs';

/**
 * The policy a shard works by: the published one it keeps, before the first the one of the folder. Throws `StackFailure`
 * when it cannot be compiled here.
 */
export function policyInForce(kept: Configuration | undefined, policyDir: string | undefined): CompiledPolicy {
  if (kept) {
    const opened = openPolicy(packedFilesOf(kept), kept.name);
    if (opened.kind === 'opened') return opened.policy;
    throw new StackFailure(`policy ${kept.name} is in force and cannot be used by this release`, opened.message);
  }
  const folder = loadPolicyFolder(policyDir);
  if (folder.kind === 'ok') return folder.policy;
  throw new StackFailure('the policy cannot be used', folder.text);
}
