#!/usr/bin/env node
// Runs the command on the workspace's own Node, whatever Node started it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const node = join(dirname(createRequire(join(root, 'package.json')).resolve('node/package.json')), 'bin', 'node');
const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'main.ts');
const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(signal ? 130 : (status ?? 1));
