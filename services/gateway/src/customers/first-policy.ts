import { ConfigError } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';

/** The policy that holds where a shard was published none. Throws `ConfigError` with what is wrong in it. */
export function readFirstPolicy(policyDir: string | undefined): CompiledPolicy {
  const folder = loadPolicyFolder(policyDir);
  if (folder.kind === 'ok') return folder.policy;
  throw new ConfigError(folder.text.split('\n').map((line) => `policy: ${line}`));
}
