#!/usr/bin/env node
// Runs the command on the workspace's own Node, whatever Node started it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '..', 'src', 'main.ts');

if (Number(process.versions.node.split('.')[0]) >= 26) {
  await import(main);
} else {
  const require = createRequire(join(here, '..', '..', '..', 'package.json'));
  const node = join(dirname(require.resolve('node/package.json')), 'bin', 'node');
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Who is told to end by a process, and not by a terminal, is told alone. Commands take a second signal for the first.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.once('close', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}
