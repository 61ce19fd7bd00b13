import { diffPolicies, type PolicyDiff, type WrittenPolicy } from '@holdfast/policy';
import { type PolicyEffects, policyEffects } from '@holdfast/telecom';
import { approvalsNeeded } from './approval.ts';

/** What publishing a policy would do. */
export interface PolicyPlan {
  /** What it is compared with: the policy in force, or before the first one a folder that workers are taken to run. */
  readonly base:
    | { readonly kind: 'in-force' }
    | { readonly kind: 'folder'; readonly dir: string }
    | { readonly kind: 'nothing' };
  readonly diff: PolicyDiff;
  readonly effects: PolicyEffects;
  /** Why a second person has to agree; empty where nobody has to. */
  readonly approvals: readonly string[];
}

/** `folder` is the one workers were started with, as far as this machine knows; it counts until something is published. */
export function planPolicy(
  inForce: WrittenPolicy | undefined,
  after: WrittenPolicy,
  folder?: { readonly dir: string; readonly written: WrittenPolicy },
): PolicyPlan {
  const before = inForce ?? folder?.written;
  return {
    base: baseOf(inForce, folder?.dir),
    diff: diffPolicies(before, after),
    effects: policyEffects(before?.policy, after.policy),
    // What a machine says of its folder agrees to nothing.
    approvals: approvalsNeeded(inForce, after, diffPolicies(inForce, after)),
  };
}

function baseOf(inForce: WrittenPolicy | undefined, dir: string | undefined): PolicyPlan['base'] {
  if (inForce) return { kind: 'in-force' };
  return dir === undefined ? { kind: 'nothing' } : { kind: 'folder', dir };
}
