import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { StackFailure } from './failure.mjs';

/** The registry refuses older ones. */
export const MINIMUM_JAVA = 21;

const PARENTS = ['/usr/lib/jvm', '/opt/java', '/Library/Java/JavaVirtualMachines'];

/** Reads the version out of a JVM's `release` file; null when the text has none. */
export function parseRelease(text) {
  const version = /^JAVA_VERSION="([^"]+)"/m.exec(text)?.[1];
  if (!version) return null;
  const parts = version.split(/[._+-]/).map(Number);
  // Before Java 9 the feature number came second: 1.8.0.
  const feature = parts[0] === 1 ? parts[1] : parts[0];
  return Number.isInteger(feature) ? { version, feature } : null;
}

/** The newest of the JVMs given, or null. Equal feature numbers are ordered by their full version. */
export function newestJvm(jvms) {
  const ordered = [...jvms].sort(
    (a, b) => b.feature - a.feature || b.version.localeCompare(a.version, undefined, { numeric: true }),
  );
  return ordered[0] ?? null;
}

/** All JVMs of this machine: JAVA_HOME and the usual system folders. */
export function findJvms(env = process.env, parents = PARENTS) {
  const homes = new Set();
  if (env.JAVA_HOME) homes.add(env.JAVA_HOME);
  for (const parent of parents) for (const name of list(parent)) homes.add(join(parent, name));
  const found = new Map();
  for (const home of homes) {
    const jvm = inspect(home) ?? inspect(join(home, 'Contents', 'Home'));
    if (jvm) found.set(jvm.home, jvm);
  }
  return [...found.values()];
}

/** The JVM the native stack runs on. Throws a StackFailure with the way to get one. */
export function requireJvm(env = process.env, jvms = findJvms(env)) {
  const jvm = newestJvm(jvms);
  if (jvm && jvm.feature >= MINIMUM_JAVA) return jvm;
  const newest = jvm ? `the newest one found is ${jvm.version} in ${jvm.home}` : 'none was found';
  throw new StackFailure(
    `The native stack needs a Java runtime of version ${MINIMUM_JAVA} or later; ${newest}.`,
    JAVA_HINT,
  );
}

export const JAVA_HINT = `Install one (Debian 13, Ubuntu 24.04: apt-get install -y openjdk-21-jre-headless; else a Temurin ${MINIMUM_JAVA}+) or point JAVA_HOME at it.`;

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function inspect(home) {
  const java = join(home, 'bin', 'java');
  const release = join(home, 'release');
  if (!existsSync(java) || !existsSync(release)) return null;
  const parsed = parseRelease(readFileSync(release, 'utf8'));
  return parsed && { home: realpathSync(home), java: join(realpathSync(home), 'bin', 'java'), ...parsed };
}
