import type { Diagnostic } from '@holdfast/policy';
import { formatDiagnostic } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, lintPolicyFolder, type PolicyLint } from '@holdfast/policy-folder';
import type { Command } from 'commander';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';

/** `holdfast policy lint [DIR]`: one line per finding; exit code 1 when one is an error. */
export function define(command: Command, { out, exit }: CommandContext): void {
  command
    .command('lint')
    .description('type-check a policy folder: file:line:column severity: message')
    .argument('[dir]', 'the folder; else HOLDFAST_POLICY_DIR, else the pack that comes with the product')
    .option('--json', 'one JSON text instead of lines')
    .action((dir: string | undefined, { json }: { json?: boolean }) => {
      const folder = dir ?? (environment.HOLDFAST_POLICY_DIR || DEFAULT_POLICY_DIR);
      const report = lintReport(lintPolicyFolder(folder));
      out(json ? `${JSON.stringify(report)}\n` : describeLint(report));
      exit(report.valid ? 0 : 1);
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
  readonly features: number;
  readonly triggers: number;
}

export function lintReport(lint: PolicyLint): LintReport {
  const refused = { valid: false, version: null, featureBytesPerCustomer: null, features: 0, triggers: 0 };
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
        features: lint.policy.features.definitions.length + lint.policy.derived.size,
        triggers: lint.policy.triggers.size,
      };
  }
}

export function describeLint(report: LintReport): string {
  const lines = report.diagnostics.map(formatDiagnostic);
  if (report.problem !== null) lines.push(report.problem);
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error').length;
  if (report.valid) {
    lines.push(
      `${report.version?.slice(0, 19)}: ${report.features} features, ${report.triggers} triggers, warnings: ${lines.length}`,
      `features take at most ${report.featureBytesPerCustomer} bytes per customer`,
    );
  } else if (errors > 0) lines.push(`errors: ${errors}`);
  return `${lines.join('\n')}\n`;
}
