import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StackFailure } from './failure.mjs';
import { artifactDir, cacheDir, POM } from './paths.mjs';

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Folders of the broker's jars and the registry; Maven is asked only when the cache does not hold them. */
export async function provideArtifacts({ env = process.env, report = () => {} } = {}) {
  const dir = artifactDir(env);
  if (!existsSync(join(dir, 'complete'))) await download(dir, env, report);
  return { dir, kafkaJars: join(dir, 'kafka'), registryHome: join(dir, 'registry') };
}

/** True when the artifacts of this version are in the cache. */
export function hasArtifacts(env = process.env) {
  return existsSync(join(artifactDir(env), 'complete'));
}

async function download(dir, env, report) {
  if (!findCommand('mvn')) {
    throw new StackFailure('The native stack needs Maven once, to fetch Kafka and the registry.', installHint('maven'));
  }
  mkdirSync(cacheDir(env), { recursive: true });
  // Filled aside and renamed at the end: an interrupted download never looks complete.
  const next = mkdtempSync(join(cacheDir(env), 'download-'));
  try {
    report('fetching Kafka 4.1.1 and Apicurio 3.3.3 with Maven (about 210 MB, once for all clones)');
    await runMaven(join(next, 'kafka'), report);
    unpackRegistry(next);
    writeFileSync(join(next, 'complete'), '');
    if (!existsSync(join(dir, 'complete'))) {
      rmSync(dir, { recursive: true, force: true });
      renameSync(next, dir);
    }
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

function runMaven(target, report) {
  const child = spawn('mvn', ['-B', '-f', POM, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${target}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail = [];
  let files = 0;
  const since = Date.now();
  const ticker = setInterval(() => report(`  … ${seconds(since)} s, ${files} files fetched`), 5_000);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes('Downloaded from')) files += 1;
      if (/ERROR/.test(line)) tail.push(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(ticker);
      if (code === 0) return resolve();
      reject(
        new StackFailure(
          `Maven ended with ${code}:\n${tail.slice(0, 5).join('\n')}`,
          `Try it by hand: mvn -f ${POM} ${COPY}`,
        ),
      );
    });
  });
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

function unpackRegistry(dir) {
  const archive = readdirSync(join(dir, 'kafka')).find((name) => name.endsWith('.tar.gz'));
  if (!archive) throw new StackFailure('Maven brought no registry archive.');
  mkdirSync(join(dir, 'registry'));
  execFileSync('tar', ['-xzf', join(dir, 'kafka', archive), '-C', join(dir, 'registry')]);
  rmSync(join(dir, 'kafka', archive));
}

/** Path of a command on the PATH, or null. */
export function findCommand(name, env = process.env) {
  const folders = [...(env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** How to install a system package here. */
export function installHint(name) {
  return `Install it, on Debian or Ubuntu: ${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${name}`;
}
