import { describe, expect, it } from 'vitest';
import { narrowed, sumReport } from './index.mjs';

describe('the sum of a test run', () => {
  it('counts passed and failed tests', () => {
    const testResults = [{ status: 'failed', assertionResults: [{}, {}] }];
    expect(sumReport({ numPassedTests: 7, numFailedTests: 2, testResults })).toEqual({ passed: 7, failed: 2 });
  });

  it('counts a file that could not be loaded as a failure, although it holds no test', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(sumReport({ numPassedTests: 7, numFailedTests: 0, testResults })).toEqual({ passed: 7, failed: 1 });
  });
});

describe('a narrowed test run', () => {
  const names = (options: string[]) => narrowed(options).map(({ name }) => name);

  it('runs the tiers named, in either spelling', () => {
    expect(names(['--project', 'unit'])).toEqual(['unit tests']);
    expect(names(['--project=int', '--project=e2e'])).toEqual(['int tests', 'e2e tests']);
  });

  it('looks for a path in every tier, and does not mind that most have nothing there', () => {
    const stages = narrowed(['packages/engine']);
    expect(stages).toHaveLength(3);
    for (const { args } of stages)
      expect(args).toEqual(expect.arrayContaining(['packages/engine', '--passWithNoTests']));
  });

  it('minds an empty tier when no path was given', () => {
    expect(narrowed(['--project', 'e2e'])[0]?.args).not.toContain('--passWithNoTests');
  });
});
