import type { CompiledPolicy, Diagnostic, PolicyContract } from '@holdfast/policy';
import type { TestOutcome } from './model.ts';
import { runTest } from './run-test.ts';
import { readTestFile } from './test-file.ts';

/** What all tests of a folder came to. */
export interface TestRun {
  /** Mistakes in the test files; none of a folder's tests runs while there is one. */
  readonly diagnostics: readonly Diagnostic[];
  /** In order of file and place. */
  readonly outcomes: readonly TestOutcome[];
  /** Campaigns that no test expects a decision of; not those that are retired, nor those that nothing but a request asks. */
  readonly untested: readonly string[];
}

/** Runs every test of the files against the policy, one after the other. */
export async function runTests(
  files: Readonly<Record<string, string>>,
  policy: CompiledPolicy,
  contract: PolicyContract,
): Promise<TestRun> {
  const read = Object.entries(files).map(([path, text]) => readTestFile(path, text, policy, contract));
  const diagnostics = read.flatMap((file) => file.diagnostics);
  const tests = diagnostics.length > 0 ? [] : read.flatMap((file) => file.tests);
  const outcomes: TestOutcome[] = [];
  for (const test of tests) outcomes.push(await runTest(test, policy));
  const expected = tests.flatMap((test) => test.expected);
  const tested = new Set(expected.map((one) => (one.kind === 'decision' ? one.wanted.get('campaign') : undefined)));
  const untested = [...policy.campaigns.values()].filter(
    ({ id, stage, triggers }) =>
      stage !== 'retired' && !tested.has(id) && triggers.some((trigger) => policy.triggers.has(trigger)),
  );
  return { diagnostics, outcomes, untested: untested.map(({ id }) => id) };
}
