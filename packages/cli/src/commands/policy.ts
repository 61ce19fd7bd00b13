import type { Diagnostic } from '@holdfast/policy';
import { formatDiagnostic, policySchema } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, lintPolicyFolder, type PolicyLint } from '@holdfast/policy-folder';
import { telecomContract } from '@holdfast/telecom';
import { type Command, InvalidArgumentError } from 'commander';
import { environment } from '../config.ts';
import { describeFeatureBytes, type FeatureBytes, featureBytes } from '../policies/feature-bytes.ts';
import { describePolicyTests, hasPassed, testPolicyFolder } from '../policy-test.ts';
import type { CommandContext } from '../program.ts';
import { defineLifeCycle } from './policy-life-cycle.ts';

/** `holdfast policy`: checking a folder, and what becomes of it. */
export function define(command: Command, context: CommandContext): void {
  defineLint(command, context);
  defineTest(command, context);
  defineLifeCycle(command, context);
}

const DEFAULT_BASE = 1_000_000;

/** `holdfast policy lint [DIR]`: one line per finding, exit code 1 when one is an error. */
function defineLint(command: Command, { out, exit }: CommandContext): void {
  command
    .command('lint')
    .description('type-check a policy folder: file:line:column severity: message')
    .argument('[dir]', 'the folder; else HOLDFAST_POLICY_DIR, else the pack that comes with the product')
    .option('--customers <n>', 'the base: bytes are multiplied by it, holdouts are judged by it', wholeNumber)
    .option('--json', 'one JSON text instead of lines')
    .action((dir: string | undefined, { json, customers }: { json?: boolean; customers?: number }) => {
      const folder = dir ?? (environment.HOLDFAST_POLICY_DIR || DEFAULT_POLICY_DIR);
      const lint = lintPolicyFolder(folder, customers === undefined ? {} : { baseCustomers: customers });
      const report = lintReport(lint, customers ?? DEFAULT_BASE);
      out(json ? `${JSON.stringify(report)}\n` : describeLint(report));
      exit(report.valid ? 0 : 1);
    });
  defineSchema(command, { out, exit });
}

/** `holdfast policy schema`: what editors check policy files against while they are written. */
function defineSchema(command: Command, { out, exit }: Pick<CommandContext, 'out' | 'exit'>): void {
  command
    .command('schema')
    .description('print the JSON Schema of policy files, for editors')
    .action(() => {
      out(`${JSON.stringify(policySchema(telecomContract()), null, 2)}\n`);
      exit(0);
    });
}

export interface LintReport {
  readonly valid: boolean;
  /** Content address; null when there are errors. */
  readonly version: string | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Set when the folder itself cannot be read. */
  readonly problem: string | null;
  /** Upper bound of what the features take in one customer's state; null when there are errors. */
  readonly featureBytesPerCustomer: number | null;
  /** The same feature by feature, and for the whole base; null when there are errors. */
  readonly featureBytes: FeatureBytes | null;
  readonly features: number;
  readonly triggers: number;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 is expected.');
  return Number(text);
}

/** `customers`: how many there are. */
export function lintReport(lint: PolicyLint, customers = DEFAULT_BASE): LintReport {
  const noFeatures = { featureBytesPerCustomer: null, featureBytes: null, features: 0 };
  const refused = { valid: false, version: null, ...noFeatures, triggers: 0 };
  switch (lint.kind) {
    case 'unreadable':
      return { ...refused, diagnostics: [], problem: lint.message };
    case 'invalid':
      return { ...refused, diagnostics: lint.diagnostics, problem: null };
    case 'ok':
      return {
        valid: true,
        version: lint.policy.version,
        diagnostics: lint.warnings,
        problem: null,
        featureBytesPerCustomer: lint.policy.features.maxBytes,
        featureBytes: featureBytes(lint.policy, customers),
        features: lint.policy.features.definitions.length + lint.policy.derived.size,
        triggers: lint.policy.triggers.size,
      };
  }
}

export function describeLint(report: LintReport): string {
  const lines = report.diagnostics.map(formatDiagnostic);
  if (report.problem !== null) lines.push(report.problem);
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error').length;
  if (report.featureBytes !== null) {
    lines.push(
      `${report.version?.slice(0, 19)}: ${report.features} features, ${report.triggers} triggers, warnings: ${lines.length}`,
      ...describeFeatureBytes(report.featureBytes),
    );
  } else if (errors > 0) lines.push(`errors: ${errors}`);
  return `${lines.join('\n')}\n`;
}

/** `holdfast policy test [DIR]`: exit code 1 when a test fails or cannot be read. */
function defineTest(command: Command, { out, exit }: Pick<CommandContext, 'out' | 'exit'>): void {
  command
    .command('test')
    .description('run the stories (*.test.yaml) beside a policy with the real engine: events with times → decisions')
    .argument('[dir]', 'the folder; else HOLDFAST_POLICY_DIR, else the pack that comes with the product')
    .option('--json', 'one JSON text instead of lines')
    .action(async (dir: string | undefined, { json }: { json?: boolean }) => {
      const report = await testPolicyFolder(dir ?? (environment.HOLDFAST_POLICY_DIR || DEFAULT_POLICY_DIR));
      out(json ? `${JSON.stringify(report)}\n` : describePolicyTests(report));
      exit(hasPassed(report) ? 0 : 1);
    });
}
