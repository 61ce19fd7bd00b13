import { formatDiagnostic } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, loadPolicyFolder, readPolicyTestFiles } from '@holdfast/policy-folder';
import { runTests, type TestRun } from '@holdfast/policy-tests';
import { telecomContract } from '@holdfast/telecom';
import { StackFailure } from '../../../infra/stack/index.mjs';
import { printableLines } from './terminal-text.ts';

export interface PolicyTestReport extends TestRun {
  readonly policyVersion: string;
}

/** Runs the tests that stand beside a policy. Throws `StackFailure` when there is no policy to test, or no test. */
export async function testPolicyFolder(dir: string = DEFAULT_POLICY_DIR): Promise<PolicyTestReport> {
  const folder = loadPolicyFolder(dir);
  if (folder.kind === 'invalid') throw new StackFailure('the policy cannot be used', folder.text);
  const files = readFiles(dir);
  if (Object.keys(files).length === 0) {
    throw new StackFailure(
      `${dir}: no *.test.yaml below this folder`,
      'write one; the README of packages/policy-tests shows how',
    );
  }
  return { policyVersion: folder.policy.version, ...(await runTests(files, folder.policy, telecomContract())) };
}

function readFiles(dir: string): Readonly<Record<string, string>> {
  try {
    return readPolicyTestFiles(dir);
  } catch (error) {
    throw new StackFailure(error instanceof Error ? error.message : String(error), 'mend the folder');
  }
}

export function hasPassed({ diagnostics, outcomes }: TestRun): boolean {
  return diagnostics.length === 0 && outcomes.every(({ passed }) => passed);
}

/** One line per test, what differs below it, and a sum. */
export function describePolicyTests(report: PolicyTestReport): string {
  const { diagnostics, outcomes, untested, policyVersion } = report;
  const failed = outcomes.filter(({ passed }) => !passed).length;
  const lines = [
    ...diagnostics.map(formatDiagnostic),
    ...outcomes.flatMap(({ name, place, passed, differences }) => [
      `${passed ? 'ok    ' : 'FAILED'} ${place.file}:${place.line} ${name}`,
      ...differences.map((difference) => `         ${difference}`),
    ]),
    ...(diagnostics.length > 0 ? [] : untested.map((campaign) => `no test expects a decision of campaign ${campaign}`)),
    diagnostics.length > 0
      ? `errors: ${diagnostics.length}; no test was run`
      : `${policyVersion.slice(0, 19)}: ${outcomes.length} tests, ${failed} failed`,
  ];
  return printableLines(lines);
}
