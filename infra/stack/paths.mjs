import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Root folder of this clone. */
export const ROOT = join(here, '..', '..');

/** Folder of everything a clone writes at run time: data, logs, state file. */
export const STATE_DIR = join(ROOT, '.holdfast');

/** Where Node keeps what it made of this clone's TypeScript: a process that finds it there starts at half the cost. */
export const COMPILE_CACHE = join(STATE_DIR, 'compile-cache');

/** The pom that names the artifacts of the native stack. */
export const POM = join(here, 'pom.xml');

/** Cache shared by all clones of this user. */
export function cacheDir(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast');
}

/** Folder of the unpacked artifacts; its name follows the pom, so that another version never mixes with this one. */
export function artifactDir(env = process.env) {
  const key = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  return join(cacheDir(env), `stack-${key}`);
}
