#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { StackFailure } from './stack/failure.mjs';
import { ROOT } from './stack/paths.mjs';
import { runTests } from './stack/test-run.mjs';
import { installIfChanged, quietEnv, WORKSPACE_NODE } from './stack/workspace.mjs';

const USAGE = `usage: node infra/bootstrap.mjs setup
       node infra/bootstrap.mjs demo [options of "holdfast demo"]
       node infra/bootstrap.mjs test [options and paths for vitest: only the tests, narrowed]`;

const TASKS = { setup, demo, test };

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(TASKS, task ?? '')) {
  console.error(USAGE);
  process.exit(2);
}
try {
  process.exitCode = await TASKS[task](args);
} catch (error) {
  if (!(error instanceof StackFailure)) throw error;
  console.error(`holdfast: ${error.message}${error.hint ? `\n  ${error.hint}` : ''}`);
  process.exitCode = 1;
}

// Progress goes to stderr: stdout belongs to what the task prints, so that `demo --json` stays one JSON text.
function report(line) {
  console.error(`holdfast: ${line}`);
}

async function setup() {
  report('setting the workspace up');
  if (!installIfChanged(report)) report('the workspace is installed already');
  report('ready. Next: npm run demo, or npx holdfast up');
  return 0;
}

async function demo(options) {
  report('demo: real records through a local stack');
  installIfChanged(report);
  return runHoldfast(['demo', ...options]);
}

async function test(options) {
  report(
    options.length > 0
      ? `tests: ${options.join(' ')}`
      : 'tests: format and lint, types, unit, simulation, int, e2e, operations, faults',
  );
  installIfChanged(report);
  return runTests(options, report);
}

function runHoldfast(words) {
  const main = `${ROOT}/packages/cli/src/main.ts`;
  const child = spawn(WORKSPACE_NODE, [main, ...words], { cwd: ROOT, env: quietEnv(), stdio: 'inherit' });
  // The child ends in its own order and we follow; one that a terminal told already takes a second signal for the first.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ? 130 : code)));
}
