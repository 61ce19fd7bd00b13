import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Tests stand beside the policy and are no part of it: its content address does not change with them. */
export function isTestFile(name: string): boolean {
  return name.endsWith('.test.yaml');
}

/** Folders that begin with a dot hold what editors, version control and mounts keep for themselves. */
export function isHidden(name: string): boolean {
  return name.split(/[\\/]/).some((part) => part.startsWith('.'));
}

/** Files and bytes of one folder; what is beyond is refused. */
const MAX_FILES = 500;
const MAX_FILE_BYTES = 1_000_000;

/** Texts of the `*.test.yaml` below a folder, by path. Throws for a folder that cannot be read, and beyond the bounds. */
export function readPolicyTestFiles(dir: string): Readonly<Record<string, string>> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => isTestFile(name) && !isHidden(name))
    .sort();
  if (names.length > MAX_FILES) throw new Error(`${dir}: more than ${MAX_FILES} test files`);
  return Object.fromEntries(names.map((name) => [name.replaceAll('\\', '/'), textOf(join(dir, name))]));
}

function textOf(path: string): string {
  if (statSync(path).size > MAX_FILE_BYTES) throw new Error(`${path}: more than ${MAX_FILE_BYTES} bytes`);
  return readFileSync(path, 'utf8');
}
