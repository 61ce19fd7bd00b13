import { type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { telecomContract } from '@holdfast/telecom';
import { unpackPolicyFiles } from './policy-files.ts';

export type OpenedPolicy =
  | { readonly kind: 'opened'; readonly policy: CompiledPolicy }
  | { readonly kind: 'refused'; readonly message: string };

/** Findings told of a policy that is refused; the publisher's lint has them all. */
const TOLD_FINDINGS = 3;

/**
 * Unpacks and compiles what was published as `version`, its content address. Never throws: files beyond a bound, another
 * content than was said and a policy this release cannot compile are refused with what is wrong, and where.
 */
export function openPolicy(packed: Uint8Array, version: string): OpenedPolicy {
  const unpacked = unpackPolicyFiles(packed);
  if (unpacked.kind === 'invalid') return { kind: 'refused', message: unpacked.message };
  const answer = compilePolicy(unpacked.files, telecomContract());
  if (answer.kind === 'invalid') {
    const findings = answer.diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
    const more = findings.length > TOLD_FINDINGS ? [`and ${findings.length - TOLD_FINDINGS} more`] : [];
    return { kind: 'refused', message: [...findings.slice(0, TOLD_FINDINGS), ...more].join('; ') };
  }
  if (answer.policy.version === version) return { kind: 'opened', policy: answer.policy };
  return { kind: 'refused', message: `its files are ${answer.policy.version}, not what the record says` };
}
