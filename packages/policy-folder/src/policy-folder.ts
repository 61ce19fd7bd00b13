import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompileAnswer, type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { telecomContract } from '@holdfast/telecom';

/** The policy pack that comes with the product. */
export const DEFAULT_POLICY_DIR: string = fileURLToPath(new URL('../../telecom/policy/', import.meta.url));

export type PolicyFolder =
  | { readonly kind: 'ok'; readonly policy: CompiledPolicy; readonly warnings: readonly string[] }
  /** One line per finding, each with file, line, column and, where there is one near, the name that was meant. */
  | { readonly kind: 'invalid'; readonly text: string };

/** Reads every `*.yaml` below a folder and compiles them as one policy. A folder that cannot be read is a finding too. */
export function loadPolicyFolder(dir: string = DEFAULT_POLICY_DIR): PolicyFolder {
  const answer = lintPolicyFolder(dir);
  if (answer.kind === 'unreadable') return { kind: 'invalid', text: answer.message };
  if (answer.kind === 'ok') return { ...answer, warnings: answer.warnings.map(formatDiagnostic) };
  return { kind: 'invalid', text: answer.diagnostics.map(formatDiagnostic).join('\n') };
}

export type PolicyLint = CompileAnswer | { readonly kind: 'unreadable'; readonly message: string };

/** The same with every finding taken apart, for tools. */
export function lintPolicyFolder(dir: string = DEFAULT_POLICY_DIR): PolicyLint {
  let files: Record<string, string>;
  try {
    files = readTexts(dir);
  } catch (error) {
    return { kind: 'unreadable', message: `${dir}: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (Object.keys(files).length === 0) return { kind: 'unreadable', message: `${dir}: no *.yaml file in this folder` };
  return compilePolicy(files, telecomContract());
}

function readTexts(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  // Paths are part of the content address: relative, so that a policy is the same wherever it lies.
  return Object.fromEntries(
    names.sort().map((name) => {
      const path = join(dir, name);
      return [relative(dir, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')];
    }),
  );
}
