import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { brokenSuitesFile } from './broken-suites.mjs';
import { COMPILE_CACHE, ROOT, STATE_DIR } from './paths.mjs';
import { quietEnv, WORKSPACE_NODE } from './workspace.mjs';

const COMPLAINT_CHARACTERS = 800;
const TIERS = ['unit', 'simulation', 'int', 'e2e', 'operations', 'faults'];
/** Waits for other processes half of its time, which is given to a tier that computes and that no clock judges. */
const WAITING_TIER = 'e2e';
const COMPUTING_TIER = 'simulation';
/**
 * What is tried a second time, alone, and named if it passes then: in tiers whose files share a server or the machine a file
 * that failed; in that of the faults one that broke in its set-up, before it judged anything. A promise that was judged and
 * not kept (unit, simulation, faults) fails at once.
 */
const TRIED_AGAIN = { int: 'failed', e2e: 'failed', operations: 'failed', faults: 'broken' };
/** More than these do not fail by chance. */
const MOST_FILES_AGAIN = 3;

/**
 * Runs every stage, even after one failed, and prints the sum as the last line. With arguments only the tests run,
 * narrowed by them. Before it stands a line for each test that failed, or passed only at its second try: a log may be
 * kept only from its end. Answers the exit code.
 */
export async function runTests(options, report) {
  const failed = [];
  const complaints = [];
  const unsteady = [];
  const sum = { passed: 0, failed: 0 };
  const tell = (stage, { code, tests, suites, chances = [] }) => {
    const counted = tests ? sumReport(tests) : { passed: 0, failed: 0 };
    if (tests) complaints.push(...complaintsOf(tests, suites));
    unsteady.push(...chances);
    sum.passed += counted.passed;
    // A stage that broke without a failed test (lint, types, an import that throws) still shows in the sum.
    sum.failed += counted.failed || (code === 0 ? 0 : 1);
    if (code !== 0) failed.push(stage.name);
  };
  const rounds = options.length > 0 ? narrowed(options).map((stage) => [stage]) : everything();
  for (const [stage, beside] of rounds) {
    report(beside ? `${stage.name}, and ${beside.name} beside them` : stage.name);
    const outcomes = await Promise.all([outcomeOf(stage, run), beside && outcomeOf(beside, runBeside)]);
    tell(stage, await triedAgain(stage, outcomes[0], report));
    if (beside) tell(beside, outcomes[1]);
  }
  if (failed.length > 0) report(`failed: ${failed.join(', ')}`);
  for (const complaint of unsteady) console.log(`unsteady test, passed at its second try: ${complaint}`);
  for (const complaint of complaints) console.log(`failed test: ${complaint}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  return failed.length > 0 || sum.failed > 0 ? 1 : 0;
}

async function outcomeOf(stage, start) {
  const code = await start(stage);
  if (!stage.reportFile) return { code };
  return { code, tests: readReport(stage.reportFile), suites: readReport(brokenSuitesFile(stage.reportFile)) };
}

/** The outcome with its failed files run once more, one by one; as it is where that is not for this stage. */
async function triedAgain(stage, first, report) {
  const files = stage.again && first.tests ? failedFiles(first.tests, stage.again) : [];
  if (files.length === 0 || files.length > MOST_FILES_AGAIN) return first;
  report(`${stage.name}, a second time: ${files.join(', ')}`);
  const second = await outcomeOf(
    vitest(stage.tier, ['--project', stage.tier, '--maxWorkers=1', ...files], '.again'),
    run,
  );
  return second.tests ? { ...second, ...secondTry(first, second) } : first;
}

/** Rounds of one stage each, or of one and another that runs beside it. */
export function everything() {
  const stageOf = (tier) => vitest(tier, ['--project', tier]);
  const tiers = TIERS.filter((tier) => tier !== COMPUTING_TIER);
  return [
    [{ name: 'format and lint', command: 'biome', args: ['ci', '.'] }],
    [{ name: 'types', command: 'tsc', args: ['--noEmit'] }],
    ...tiers.map((tier) => (tier === WAITING_TIER ? [stageOf(tier), stageOf(COMPUTING_TIER)] : [stageOf(tier)])),
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

function vitest(tier, args, suffix = '') {
  const reportFile = join(STATE_DIR, 'test', `${tier.replace(/\W/g, '_')}${suffix}.json`);
  const own = join(ROOT, 'infra', 'stack', 'broken-suites.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--reporter=${own}`, `--outputFile.json=${reportFile}`];
  const again = TRIED_AGAIN[tier];
  return { name: `${tier} tests`, command: 'vitest', args: ['run', ...args, ...reporters], reportFile, tier, again };
}

function run({ command, args }) {
  return ended(start(binary(command), args, ['ignore', 'inherit', 'inherit']));
}

/** With what the others leave of the machine; its output comes in one piece when it has ended. */
async function runBeside({ command, args }) {
  const child = start('nice', ['-n', '19', binary(command), ...args], ['ignore', 'pipe', 'pipe']);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await ended(child);
  process.stdout.write(Buffer.concat(output));
  return code;
}

function binary(command) {
  return join(ROOT, 'node_modules', '.bin', command);
}

function start(command, args, stdio) {
  mkdirSync(join(STATE_DIR, 'test'), { recursive: true });
  const stale = args.find((arg) => arg.startsWith('--outputFile.json='));
  if (stale) rmSync(stale.split('=')[1], { force: true });
  const path = [dirname(WORKSPACE_NODE), join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const env = { ...quietEnv(), PATH: path, NODE_COMPILE_CACHE: COMPILE_CACHE };
  return spawn(command, args, { cwd: ROOT, env, stdio });
}

function ended(child) {
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

/** The JSON report of a vitest run, or undefined where the run died before it wrote one. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Passed and failed tests of a vitest JSON report; a file that failed by no test of its own counts as one failure. */
export function sumReport(report) {
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles(report).length };
}

/**
 * A line for each failed test of a vitest JSON report, and for what broke outside tests: its file, its name and how its
 * message begins. `suites`: what `BrokenSuites` wrote.
 */
export function complaintsOf(report, suites = []) {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => complaint(file.name, test.fullName, test.failureMessages.join(' '))),
  );
  const groups = suites.map(({ file, name, message }) => complaint(file, name, message));
  const files = brokenFiles(report)
    .filter((file) => file.message !== '' || suites.every((suite) => suite.file !== file.name))
    .map((file) => complaint(file.name, 'the file', file.message));
  return [...tests, ...groups, ...files];
}

/** Paths from the root of the files of a vitest JSON report that failed; of those, with `broken`, that had no failed test. */
export function failedFiles(report, kind = 'failed') {
  const files =
    kind === 'broken' ? brokenFiles(report) : report.testResults.filter(({ status }) => status === 'failed');
  return files.map(({ name }) => relative(ROOT, name));
}

/**
 * The report of a tier whose failed files were run again: their second results stand for the first. `chances`: what was
 * complained of at first and not any more. `first` and `second` hold a vitest JSON report and what `BrokenSuites` wrote.
 */
export function secondTry(first, second) {
  const kept = first.tests.testResults.filter(({ status }) => status !== 'failed');
  const testResults = [...kept, ...second.tests.testResults];
  const count = (status) =>
    testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length;
  const still = failedFiles(second.tests);
  const chances = complaintsOf(first.tests, first.suites).filter((line) =>
    still.every((file) => !line.startsWith(`${file}: `)),
  );
  return { tests: { numPassedTests: count('passed'), numFailedTests: count('failed'), testResults }, chances };
}

function brokenFiles(report) {
  const hasFailed = (test) => test.status === 'failed';
  return report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(hasFailed));
}

function complaint(file, name, message) {
  const beginning = stripVTControlCharacters(message ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, COMPLAINT_CHARACTERS);
  return `${relative(ROOT, file)}: ${name}: ${beginning}`;
}
