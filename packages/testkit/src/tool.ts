import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';
import { findCommand } from '../../../infra/stack/index.mjs';

/** A program of others that a test runs, or why it cannot be had here. */
export type Tool = { readonly command: string; readonly more: string } | { readonly absent: string };
export type FoundTool = Exclude<Tool, { absent: string }>;

export const FETCH_WITHIN_MS = 300_000;

/** Words instead of a failure where a tool cannot be had, but not where the whole product is checked. */
export function need(tool: Tool, context: TestContext): FoundTool {
  if ('command' in tool) return tool;
  if (process.env.CI) throw new Error(tool.absent);
  return context.skip(tool.absent);
}

/** A tool that cannot be made, by whatever it fails, is absent. */
export function attempt(what: string, make: () => Tool): Tool {
  try {
    return make();
  } catch (error) {
    return { absent: `${what}: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}` };
  }
}

/**
 * Downloads, once more where the network broke off. Throws where it fails again, with what it printed, or takes longer than
 * FETCH_WITHIN_MS in all.
 */
export function fetchWith(command: string, words: readonly string[]): Buffer {
  const endMs = performance.now() + FETCH_WITHIN_MS;
  const fetched = () =>
    execFileSync(command, words, { stdio: 'pipe', timeout: Math.max(1, Math.ceil(endMs - performance.now())) });
  try {
    return fetched();
  } catch {
    return fetched();
  }
}

/** A Python with the packages of a requirements file, made in `home` once; `command` is its interpreter. */
export function pythonWith(requirements: string, home: string): Tool {
  const python3 = findCommand('python3');
  if (python3 === null) return { absent: 'no python3 was found' };
  if (!existsSync(join(home, 'complete'))) {
    mkdirSync(dirname(home), { recursive: true });
    fetchWith(python3, ['-m', 'venv', '--clear', home]);
    fetchWith(join(home, 'bin', 'pip'), ['install', '-q', '-r', requirements]);
    writeFileSync(join(home, 'complete'), '');
  }
  return { command: join(home, 'bin', 'python'), more: '' };
}
