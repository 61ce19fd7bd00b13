import { describe, expect, it } from 'vitest';
import { complaintsOf, everything, failedFiles, narrowed, ROOT, secondTry, sumReport } from './index.mjs';

const passed = { status: 'passed', fullName: 'shard folds', failureMessages: [] as string[] };
const failed = {
  status: 'failed',
  fullName: 'shard commits',
  failureMessages: ['\u001b[31mexpected 1\u001b[39m\n  to be 2'],
};

describe('the sum of a test run', () => {
  it('counts passed and failed tests', () => {
    const testResults = [{ name: 'a.test.ts', status: 'failed', assertionResults: [passed, failed] }];
    expect(sumReport({ numPassedTests: 7, numFailedTests: 2, testResults })).toEqual({ passed: 7, failed: 2 });
  });

  it('counts a file that could not be loaded as a failure, although it holds no test', () => {
    const testResults = [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }];
    expect(sumReport({ numPassedTests: 7, numFailedTests: 0, testResults })).toEqual({ passed: 7, failed: 1 });
  });

  it('counts a file that failed before its tests, which were skipped', () => {
    const skipped = { status: 'skipped', fullName: 'b', failureMessages: [] };
    const testResults = [
      { name: `${ROOT}/a.test.ts`, status: 'failed', message: 'no alert', assertionResults: [skipped] },
    ];
    const report = { numPassedTests: 7, numFailedTests: 0, testResults };
    expect(sumReport(report)).toEqual({ passed: 7, failed: 1 });
    expect(complaintsOf(report)).toEqual(['a.test.ts: the file: no alert']);
  });
});

describe('what a test run says of its failures', () => {
  it('names file and test and begins the message, on one line without colours', () => {
    const testResults = [{ name: `${ROOT}/a/b.test.ts`, status: 'failed', assertionResults: [passed, failed] }];
    const report = { numPassedTests: 1, numFailedTests: 1, testResults };
    expect(complaintsOf(report)).toEqual(['a/b.test.ts: shard commits: expected 1 to be 2']);
  });

  it('names a group of tests that broke before its tests', () => {
    const file = `${ROOT}/c.test.ts`;
    const testResults = [{ name: file, status: 'failed', assertionResults: [], message: '' }];
    const suites = [{ file, name: 'records', message: 'no rest within 60 s' }];
    expect(complaintsOf({ numPassedTests: 0, numFailedTests: 0, testResults }, suites)).toEqual([
      'c.test.ts: records: no rest within 60 s',
    ]);
  });

  it('names a file that could not be loaded', () => {
    const testResults = [
      { name: `${ROOT}/c.test.ts`, status: 'failed', assertionResults: [], message: 'no such module' },
    ];
    expect(complaintsOf({ numPassedTests: 0, numFailedTests: 0, testResults })).toEqual([
      'c.test.ts: the file: no such module',
    ]);
  });
});

describe('a second try of the files that failed', () => {
  const steady = { name: `${ROOT}/a.test.ts`, status: 'passed', assertionResults: [passed, passed] };
  const broken = (name: string) => ({ name: `${ROOT}/${name}`, status: 'failed', assertionResults: [passed, failed] });
  const reportOf = (...testResults: (typeof steady)[]) => ({
    tests: { numPassedTests: 0, numFailedTests: 0, testResults },
  });

  it('counts what passed then, and names what failed first', () => {
    const first = reportOf(steady, broken('b.test.ts'));
    expect(failedFiles(first.tests)).toEqual(['b.test.ts']);
    const { tests, chances } = secondTry(first, reportOf({ ...steady, name: `${ROOT}/b.test.ts` }));
    expect(sumReport(tests)).toEqual({ passed: 4, failed: 0 });
    expect(chances).toEqual(['b.test.ts: shard commits: expected 1 to be 2']);
  });

  it('leaves a failure what failed twice', () => {
    const first = reportOf(steady, broken('b.test.ts'), broken('c.test.ts'));
    const second = reportOf({ ...steady, name: `${ROOT}/b.test.ts` }, broken('c.test.ts'));
    const { tests, chances } = secondTry(first, second);
    expect(sumReport(tests)).toEqual({ passed: 5, failed: 1 });
    expect(complaintsOf(tests)).toEqual(['c.test.ts: shard commits: expected 1 to be 2']);
    expect(chances).toEqual(['b.test.ts: shard commits: expected 1 to be 2']);
  });

  it('is for files of tiers that share a server or the machine, and for faults that broke in their set-up', () => {
    const again = everything().flatMap((round) => round.flatMap(({ name, again }) => (again ? [[name, again]] : [])));
    expect(again).toEqual([
      ['int tests', 'failed'],
      ['e2e tests', 'failed'],
      ['operations tests', 'failed'],
      ['faults tests', 'broken'],
    ]);
    const skipped = { ...steady, name: `${ROOT}/c.test.ts`, status: 'failed', assertionResults: [passed] };
    expect(failedFiles(reportOf(broken('b.test.ts'), skipped).tests, 'broken')).toEqual(['c.test.ts']);
  });
});

describe('a whole test run', () => {
  it('has every stage once; the simulation computes while the e2e tests wait, and nothing stands beside the faults', () => {
    const rounds = everything().map((round) => round.map(({ name }) => name));
    expect(rounds).toEqual([
      ['format and lint'],
      ['types'],
      ['unit tests'],
      ['int tests'],
      ['e2e tests', 'simulation tests'],
      ['operations tests'],
      ['faults tests'],
    ]);
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
    const tiers = ['unit tests', 'simulation tests', 'int tests', 'e2e tests', 'faults tests'];
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(tiers));
    for (const { args } of stages)
      expect(args).toEqual(expect.arrayContaining(['packages/engine', '--passWithNoTests']));
  });

  it('minds an empty tier when no path was given', () => {
    expect(narrowed(['--project', 'e2e'])[0]?.args).not.toContain('--passWithNoTests');
  });
});
