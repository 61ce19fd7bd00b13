import { spawnSync } from 'node:child_process';
import { findCommand, installHint } from './artifacts.mjs';
import { StackFailure } from './failure.mjs';

/** Path of redis-server; as root on Debian or Ubuntu it is installed when missing. */
export function provideRedisServer({ report = () => {} } = {}) {
  const found = findCommand('redis-server');
  if (found) return found;
  if (process.getuid?.() === 0 && findCommand('apt-get')) {
    report('installing redis-server with apt-get');
    if (!install()) {
      spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      install();
    }
  }
  const installed = findCommand('redis-server');
  if (installed) return installed;
  throw new StackFailure('The native stack needs redis-server.', installHint('redis-server'));
}

function install() {
  // RUNLEVEL=1 keeps the package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'];
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}
