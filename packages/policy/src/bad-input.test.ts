import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Mutant, mutantsOf } from '../test/mutations.ts';
import { telecom } from '../test/telecom-contract.ts';
import { compileReporting } from './compile.ts';
import { createReporter } from './diagnostic.ts';
import {
  type CompileAnswer,
  type CompiledPolicy,
  compilePolicy,
  type Diagnostic,
  formatDiagnostic,
  type Scope,
} from './index.ts';

const folder = new URL('../../telecom/policy/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const DEFAULT_PACK = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));

function compiled(files: Readonly<Record<string, string>>): { readonly answer: CompileAnswer; readonly work: number } {
  const report = createReporter();
  const answer = compileReporting(files, telecom, {}, report);
  return { answer, work: report.work };
}

const WORK_OF_THE_PACK = compiled(DEFAULT_PACK).work;
/** Tokens that a text can have are bounded by its characters, and every expression is gone through a few times. */
const workAllowed = (files: Readonly<Record<string, string>>): number =>
  2 * WORK_OF_THE_PACK + Object.values(files).reduce((sum, text) => sum + text.length, 0);

/** A policy that was accepted has to work: every condition answers, of a customer known in everything and of one in nothing. */
function tryOut(policy: CompiledPolicy): void {
  const scopes: readonly Scope[] = [
    { attribute: () => undefined, feature: () => undefined, asOfMs: 0 },
    { attribute: () => 'x', feature: () => 1, asOfMs: 0, event: { kind: 'DATA' }, latched: () => true },
  ];
  const conditions = [
    ...[...policy.triggers.values()].map(({ when }) => when),
    ...[...policy.offers.values()].map(({ eligible }) => eligible),
    ...policy.exclusions.map(({ when }) => when),
    ...[...policy.offers.values()].flatMap(({ context }) => context.map(({ when }) => when)),
    ...policy.learning.segments.map(({ when }) => when),
    ...(policy.contactPolicy.vulnerable ? [policy.contactPolicy.vulnerable.when] : []),
  ];
  for (const scope of scopes) {
    for (const condition of conditions) {
      expect(['true', 'false', 'unknown']).toContain(condition.evaluate(scope));
      condition.explain(scope);
    }
    for (const { evaluate } of policy.derived.values()) evaluate(scope);
  }
  for (const { startMinute, endMinute, days } of policy.contactPolicy.quietHours) {
    expect(startMinute >= 0 && startMinute < 1_440 && endMinute > 0 && endMinute <= 1_440).toBe(true);
    expect(startMinute).not.toBe(endMinute);
    expect(days.every((day) => day >= 1 && day <= 7)).toBe(true);
  }
  const slots = policy.features.create();
  policy.features.fold(slots, 'UsageRecorded', { kind: 'DATA', quantityMb: 5 }, { atMs: 1, cycleStartMs: 0 });
  expect(policy.features.encode(slots).length).toBeLessThanOrEqual(policy.features.maxBytes);
}

interface Outcome {
  readonly isRefused: boolean;
  /** What is wrong with how the compiler took it; undefined when nothing is. */
  readonly complaint: string | undefined;
}

function outcomeOf({ name, files }: Mutant): Outcome {
  const { answer, work } = compiled(files);
  const isRefused = answer.kind === 'invalid';
  const allowed = workAllowed(files);
  if (work > allowed) return { isRefused, complaint: `${name}: ${work} steps, ${allowed} allowed` };
  if (answer.kind === 'invalid') return { isRefused, complaint: complaintAbout(answer.diagnostics, files, name) };
  tryOut(answer.policy);
  return { isRefused, complaint: undefined };
}

function complaintAbout(diagnostics: readonly Diagnostic[], files: Mutant['files'], name: string): string | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return `${name}: refused without a reason`;
  const lost = errors.find(({ file, line, column, message }) => {
    const lines = files[file]?.split(/\r\n|\r|\n/).length ?? 0;
    return line < 1 || column < 1 || line > lines || message === '';
  });
  return lost && `${name}: ${formatDiagnostic(lost)}`;
}

describe('a broken policy', () => {
  it('is refused with a place or is still one that works, a thousand times, and every kind of mistake is noticed', () => {
    const outcomes = mutantsOf(DEFAULT_PACK, 1_000).map((mutant) => ({ kind: mutant.kind, ...outcomeOf(mutant) }));
    expect(outcomes.flatMap(({ complaint }) => complaint ?? [])).toEqual([]);
    const kinds = Map.groupBy(outcomes, ({ kind }) => kind);
    const unnoticed = [...kinds].filter(([, tried]) => tried.every(({ isRefused }) => !isRefused));
    expect(unnoticed.map(([kind]) => kind)).toEqual([]);
  }, 240_000);
});

describe('a policy that is made to be expensive', () => {
  const problems = (text: string): readonly string[] => {
    const answer = compilePolicy({ 'a.yaml': text }, telecom);
    return answer.kind === 'ok' ? ['accepted'] : answer.diagnostics.map(formatDiagnostic);
  };

  it.each([
    ['a flow without end', `a: ${'['.repeat(900_000)}`, 'a.yaml:1:43 error: nested more than 40 levels deep'],
    [
      'a file too large',
      `# ${'x'.repeat(1_000_001)}`,
      'a.yaml:1:1 error: the file has 1000003 characters, at most 1000000 are read',
    ],
    [
      'a text too long',
      `scripts:\n  s: "${'{plan}'.repeat(900)}"\n`,
      'a.yaml:2:6 error: a text has at most 4000 characters, this one 5400',
    ],
    [
      'an expression too long',
      `segments:\n  s: ${'suspended||'.repeat(900)}suspended\n`,
      'a.yaml:2:6 error: an expression has at most 4000 characters',
    ],
    [
      'a macro in a macro',
      'segments:\n  s: products.exists(p, exclusions.exists(e, products.exists(q, p == q && e == q)))\n',
      'a.yaml:2:6 error: this takes up to',
    ],
    ['a pattern', "segments:\n  s: city.matches('(a+)+$')\n", 'a.yaml:2:6 error: matches is not allowed'],
    [
      'a list from a text',
      "segments:\n  s: city.split('').exists(c, c == 'x')\n",
      'a.yaml:2:6 error: split is not allowed',
    ],
  ])('%s is refused', (_, text, expected) => {
    expect(problems(text)[0]).toContain(expected);
  });

  it('has the cost of what it refers to', () => {
    const doubling = Array.from(
      { length: 12 },
      (_, index) => `  d${index + 1}: segment('d${index}') || segment('d${index}')\n`,
    );
    const found = problems(`segments:\n  d0: suspended\n${doubling.join('')}`);
    expect(found).toEqual([
      expect.stringMatching(/^a\.yaml:12:8 error: this takes up to \d+ steps, with what it refers to; at most 5000/),
    ]);
  });

  it('is read in steps that follow its length, however many keys it repeats', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `  k${index % 7_000}: suspended\n`);
    expect(problems(`segments:\n${lines.join('')}`).at(-1)).toContain('more than 1000 findings');
  });
});
