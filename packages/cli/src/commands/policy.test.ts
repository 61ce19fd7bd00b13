import { lintPolicyFolder } from '@holdfast/policy-folder';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { define, describeLint, lintReport } from './policy.ts';

it('policy schema prints a JSON Schema that knows the events and channels there are', async () => {
  const printed: string[] = [];
  const codes: number[] = [];
  const command = new Command();
  define(command, { out: (text) => printed.push(text), err: () => undefined, exit: (code) => codes.push(code) });
  await command.parseAsync(['schema'], { from: 'user' });
  const schema = JSON.parse(printed.join(''));
  expect(Object.keys(schema.properties)).toContain('contact-policy');
  expect(schema.properties.triggers.additionalProperties.properties.on.enum).toContain('UsageRecorded');
  expect(codes).toEqual([0]);
});

describe('the report of policy lint', () => {
  it('names the version of a sound policy and how many bytes it costs per customer', () => {
    const report = lintReport(lintPolicyFolder());
    expect(report.valid).toBe(true);
    expect(report.featureBytesPerCustomer).toBeGreaterThan(0);
    expect(describeLint(report)).toMatch(/^sha256:[0-9a-f]{12}: \d+ features, 6 triggers, warnings: 0$/m);
  });

  it('has file, line, column and the name that was meant for an error', () => {
    const finding = {
      severity: 'error',
      file: 'a.yaml',
      line: 3,
      column: 7,
      message: 'unknown feature "x"',
      suggestion: 'y',
    } as const;
    const report = lintReport({ kind: 'invalid', diagnostics: [finding] });
    expect(report).toMatchObject({ valid: false, version: null, diagnostics: [finding] });
    expect(describeLint(report)).toBe('a.yaml:3:7 error: unknown feature "x"; did you mean "y"?\nerrors: 1\n');
  });

  it('says which folder cannot be read', () => {
    const report = lintReport(lintPolicyFolder('/nowhere/at/all'));
    expect(report.valid).toBe(false);
    expect(describeLint(report)).toContain('/nowhere/at/all');
  });
});
