import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ROOT, STATE_DIR } from './paths.mjs';
import { quietEnv, WORKSPACE_NODE } from './workspace.mjs';

const TIERS = ['unit', 'int', 'e2e'];

/**
 * Runs every stage, even after one failed, and prints the sum as the last line. With arguments only the tests run,
 * narrowed by them. Answers the exit code.
 */
export async function runTests(options, report) {
  const failed = [];
  const sum = { passed: 0, failed: 0 };
  for (const stage of options.length > 0 ? narrowed(options) : everything()) {
    report(stage.name);
    const code = await run(stage.command, stage.args);
    const counted = stage.reportFile ? countTests(stage.reportFile) : { passed: 0, failed: 0 };
    sum.passed += counted.passed;
    // A stage that broke without a failed test (lint, types, an import that throws) still shows in the sum.
    sum.failed += counted.failed || (code === 0 ? 0 : 1);
    if (code !== 0) failed.push(stage.name);
  }
  if (failed.length > 0) report(`failed: ${failed.join(', ')}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  return failed.length > 0 || sum.failed > 0 ? 1 : 0;
}

function everything() {
  return [
    { name: 'format and lint', command: 'biome', args: ['ci', '.'] },
    { name: 'types', command: 'tsc', args: ['--noEmit'] },
    ...TIERS.map((tier) => vitest(tier, ['--project', tier])),
  ];
}

/** Vitest runs of the tiers asked for (all without --project), each with the other arguments. */
export function narrowed(options) {
  const tiers = [];
  const rest = [];
  for (let index = 0; index < options.length; index += 1) {
    const option = options[index];
    if (option === '--project') tiers.push(options[++index] ?? '');
    else if (option.startsWith('--project=')) tiers.push(option.slice('--project='.length));
    else rest.push(option);
  }
  const asked = tiers.length > 0 ? tiers : TIERS;
  const lenient = rest.length > 0 ? ['--passWithNoTests'] : [];
  return asked.map((tier) => vitest(tier, ['--project', tier, ...lenient, ...rest]));
}

function vitest(tier, args) {
  const reportFile = join(STATE_DIR, 'test', `${tier.replace(/\W/g, '_')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  return { name: `${tier} tests`, command: 'vitest', args: ['run', ...args, ...reporters], reportFile };
}

function run(command, args) {
  mkdirSync(join(STATE_DIR, 'test'), { recursive: true });
  const stale = args.find((arg) => arg.startsWith('--outputFile.json='));
  if (stale) rmSync(stale.split('=')[1], { force: true });
  const path = [dirname(WORKSPACE_NODE), join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(join(ROOT, 'node_modules', '.bin', command), args, {
    cwd: ROOT,
    env: { ...quietEnv(), PATH: path },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const forward = (signal) => child.kill(signal);
  process.once('SIGTERM', forward);
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      process.off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

/** Passed and failed tests of a vitest JSON report; a file that could not be loaded counts as one failure. */
export function countTests(file) {
  try {
    return sumReport(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: 0 };
  }
}

export function sumReport(report) {
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
