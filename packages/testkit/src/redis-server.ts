import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyFreePort } from '../../../infra/stack/index.mjs';

/** A redis-server of the test's own, for what must not be done to a shared one. */
export interface RedisServer {
  readonly url: string;
  /** Ends the process (SIGKILL) and starts it again on the same data and port. */
  restart(): Promise<void>;
  /** Stops the process in its tracks (SIGSTOP), and lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts on a free port with its data in a temporary folder; what it answered outlives a kill. `settings` override its own. */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
  const port = await anyFreePort();
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  // Written before it is answered, and synced when the system likes. With `everysec` Redis answers up to two seconds before
  // it writes while a sync is slow, and a kill loses that.
  const kept = ['--appendfsync', 'no', '--maxmemory-policy', 'noeviction'];
  const command = [...base, ...kept, '--enable-debug-command', 'local', ...settings];
  let child = await launch(command);
  const kill = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      await kill();
      child = await launch(command);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once the server says that it accepts connections; rejects with its output when it ends before. */
async function launch(command: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`redis-server ended before it was ready:\n${output}`)));
  });
  return child;
}
