import { DEFAULT_POLICY_DIR, loadPolicyFolder, type PolicyFolder } from '@holdfast/policy-folder';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** The policy the services would load: the folder named, or the pack that comes with the product. */
export function policyChecks(dir: string | undefined): readonly Check[] {
  const folder = dir || DEFAULT_POLICY_DIR;
  return [{ name: 'policy', run: async () => judgePolicy(loadPolicyFolder(folder)) }];
}

export function judgePolicy(folder: PolicyFolder): Finding {
  if (folder.kind === 'invalid') {
    const [first = 'cannot be read', ...rest] = folder.text.split('\n');
    const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
    return fail(`${first}${more}`, 'mend the file, or point HOLDFAST_POLICY_DIR at another folder');
  }
  const [first] = folder.warnings;
  if (first !== undefined) return warn(first, 'mend it before it surprises somebody');
  return ok(`version ${folder.policy.version.slice(0, 19)}`);
}
