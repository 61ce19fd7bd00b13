import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackFailure } from './failure.mjs';
import { ROOT, STATE_DIR } from './paths.mjs';

const PNPM = 'pnpm@12.21.0';
const STAMP = join(STATE_DIR, 'installed');

/** The workspace's own Node; everything but the bootstrap runs on it. */
export const WORKSPACE_NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

/** True when the installed packages are those of the lockfile. */
export function isInstalled() {
  return existsSync(WORKSPACE_NODE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/** Installs the workspace when the lockfile changed since the last time; answers whether it had to. */
export function installIfChanged(report = () => {}) {
  if (isInstalled()) return false;
  report(`installing the workspace with ${PNPM}`);
  const result = spawnSync('npx', ['-y', PNPM, 'install', '--frozen-lockfile'], {
    cwd: ROOT,
    env: { ...quietEnv(), CI: 'true' }, // pnpm asks no questions then
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0 || !existsSync(WORKSPACE_NODE)) {
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`;
    throw new StackFailure(`pnpm could not install the workspace:\n${output.trim().split('\n').slice(-25).join('\n')}`);
  }
  mkdirSync(STATE_DIR, { recursive: true });
  writeFileSync(STAMP, fingerprint());
  return true;
}

/** The environment without what the npm that started us put in: settings of a user's npm make the next one warn. */
export function quietEnv() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(registry|cafile|https?_proxy|proxy)$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), npm_config_loglevel: 'error', npm_config_update_notifier: 'false' };
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(ROOT, name)));
  return hash.digest('hex');
}
