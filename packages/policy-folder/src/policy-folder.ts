import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CompileAnswer,
  type CompiledPolicy,
  compilePolicy,
  formatDiagnostic,
  type LintOptions,
  type MissingInclude,
  missingIncludes,
} from '@holdfast/policy';
import { telecomContract } from '@holdfast/telecom';
import { isHidden, isTestFile } from './test-files.ts';

/** The policy pack that comes with the product. */
export const DEFAULT_POLICY_DIR: string = fileURLToPath(new URL('../../telecom/policy/', import.meta.url));

export type PolicyFolder =
  | { readonly kind: 'ok'; readonly policy: CompiledPolicy; readonly warnings: readonly string[] }
  /** One line per finding, each with file, line, column and, where there is one near, the name that was meant. */
  | { readonly kind: 'invalid'; readonly text: string };

/**
 * Reads every `*.yaml` below a folder, and what they include from beside it, and compiles them as one policy. A folder that
 * cannot be read is a finding too.
 */
export function loadPolicyFolder(dir: string = DEFAULT_POLICY_DIR): PolicyFolder {
  const answer = lintPolicyFolder(dir);
  if (answer.kind === 'unreadable') return { kind: 'invalid', text: answer.message };
  if (answer.kind === 'ok') return { ...answer, warnings: answer.warnings.map(formatDiagnostic) };
  return { kind: 'invalid', text: answer.diagnostics.map(formatDiagnostic).join('\n') };
}

export type PolicyLint = CompileAnswer | { readonly kind: 'unreadable'; readonly message: string };

/** The same with every finding taken apart, for tools. */
export function lintPolicyFolder(dir: string = DEFAULT_POLICY_DIR, options: LintOptions = {}): PolicyLint {
  let files: Texts;
  try {
    files = readPolicyFiles(dir);
  } catch (error) {
    return { kind: 'unreadable', message: `${dir}: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (Object.keys(files).length === 0) return { kind: 'unreadable', message: `${dir}: no *.yaml file in this folder` };
  return compilePolicy(files, telecomContract(), options);
}

/** Bounds of what is read before anybody looks at it. */
const MAX_FILES = 1_000;
const MAX_BYTES = 4_000_000;
/** Rounds of includes: a folder beside the folder may name another one. */
const MAX_ROUNDS = 8;

type Texts = Record<string, string>;

/** Texts of a policy by path: relative, so that a policy has the same content address wherever it lies. */
export function readPolicyFiles(dir: string): Texts {
  const texts: Texts = {};
  readFolder(dir, '', texts);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const missing = missingIncludes(texts).filter(({ from }) => isBeside(dir, from));
    const before = Object.keys(texts).length;
    for (const include of missing) readInclude(dir, include, texts);
    if (Object.keys(texts).length === before) break;
  }
  return texts;
}

/** A folder that includes itself by its own name would find every definition twice. */
function isBeside(dir: string, from: string): boolean {
  return from.split('/')[1] !== basename(resolve(dir));
}

/** What is not there is left to the compiler, which knows the line that asks for it. */
function readInclude(dir: string, { path, from }: MissingInclude, texts: Texts): void {
  const place = join(resolve(dir), from);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found?.isDirectory()) readFolder(place, `${path}/`, texts);
  if (found?.isFile() && path.endsWith('.yaml')) readText(place, path, dirname(place), texts);
}

function readFolder(dir: string, prefix: string, texts: Texts): void {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(isPolicyFile);
  for (const name of names.sort()) {
    const path = join(dir, name);
    readText(path, prefix + relative(dir, path).replaceAll('\\', '/'), dir, texts);
  }
}

function isPolicyFile(name: string): boolean {
  return name.endsWith('.yaml') && !isTestFile(name) && !isHidden(name);
}

function readText(path: string, name: string, root: string, texts: Texts): void {
  // Mounted folders are full of links; one that leads out would publish a file of this machine.
  if (!realpathSync(path).startsWith(realpathSync(root) + sep))
    throw new Error(`${name} is a link that leads out of the folder`);
  texts[name] = readFileSync(path, 'utf8');
  const bytes = Object.values(texts).reduce((sum, text) => sum + text.length, 0);
  if (Object.keys(texts).length > MAX_FILES) throw new Error(`more than ${MAX_FILES} files`);
  if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} characters of policy`);
}
