import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@holdfast/testkit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { ROOT, STATE_DIR, stackEnvironment } from '../../infra/stack/index.mjs';

const KEYS = join(STATE_DIR, 'serve.env');
const within = { withinMs: 120_000, everyMs: 100 };
const started: number[] = [];

/** The command as a supervisor starts it: without a terminal, and its own process the only one it knows. */
function serve() {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...stackEnvironment(inject('stack')) };
  const child = spawn('npx', ['holdfast', 'serve'], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) throw new Error('npx did not start');
  started.push(child.pid);
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text));
  child.stderr.on('data', (text: Buffer) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { child, ended, said: () => said };
}

/** Whatever is left of them, where a test failed: each began a group of its own. */
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // Nobody is left.
    }
  }
});

const isAlive = (url: string) =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

// The services of a system that is up already would be beside these.
describe.runIf(!process.env.HOLDFAST_E2E_GATEWAY_URL)('npx holdfast serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('that alone is told %s stops its services in their order', async (signal) => {
    const { child, ended, said } = serve();
    await eventually('the services', () => expect(said()).toContain('until Ctrl-C'), within);
    const url = /GATEWAY_URL=(\S+)/.exec(readFileSync(KEYS, 'utf8'))?.[1] ?? '';
    expect(await isAlive(url)).toBe(true);
    child.kill(signal);
    await ended;
    // Removed once all of them have ended.
    await eventually('their end', () => expect(existsSync(KEYS)).toBe(false), within);
    expect(await isAlive(url)).toBe(false);
    for (const name of ['worker', 'gateway', 'dispatcher']) {
      const log = readFileSync(join(STATE_DIR, 'logs', `serve-${name}.log`), 'utf8')
        .trimEnd()
        .split('\n');
      expect(JSON.parse(log.at(-1) ?? '{}')).toMatchObject({ msg: 'stopped', code: 0 });
    }
  });
});
