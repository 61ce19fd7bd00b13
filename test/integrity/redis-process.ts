import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@holdfast/testkit';
import { anyFreePort, REDIS_SETTINGS, redisCall } from '../../infra/stack/index.mjs';

/** A Redis of a test's own that may get a replica, and whose files can be put back as they were. */
export interface RedisProcess {
  readonly port: number;
  call(...words: readonly string[]): Promise<string>;
  /** Another server that has everything this one has, and follows it. */
  replica(): Promise<RedisProcess>;
  /** Ends the server at once. */
  kill(): Promise<void>;
  /** The files as they are at this moment. */
  backup(): Promise<string>;
  /** Ends the server, puts the files of a backup in its place and starts it again. */
  restore(backup: string): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

export async function startRedis(options: { readonly follows?: number } = {}): Promise<RedisProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  const [data, port] = [join(folder, 'data'), await anyFreePort()];
  mkdirSync(data);
  let backups = 0;
  let server = await launch(data, port, options.follows);

  const call = async (...words: readonly string[]): Promise<string> => {
    const answer = await redisCall(port, [...words]);
    if (answer === null) throw new Error(`Redis does not answer ${words[0]}`);
    return answer;
  };
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  return {
    port,
    call,
    async replica() {
      const follower = await startRedis({ follows: port });
      await eventually('the replica in step', async () => {
        const said = await follower.call('INFO', 'replication');
        if (!said.includes('master_link_status:up')) throw new Error(said);
        // After the first copy it writes its own file anew; until then there is nothing on its disk.
        const disk = await follower.call('INFO', 'persistence');
        const isWritten = disk.includes('aof_rewrite_in_progress:0') && disk.includes('aof_rewrite_scheduled:0');
        if (!isWritten) throw new Error(disk);
      });
      return follower;
    },
    kill,
    async backup() {
      const copy = join(folder, `backup-${++backups}`);
      server.kill('SIGSTOP');
      cpSync(data, copy, { recursive: true });
      server.kill('SIGCONT');
      return copy;
    },
    async restore(backup) {
      await kill();
      rmSync(data, { recursive: true });
      cpSync(backup, data, { recursive: true });
      server = await launch(data, port);
    },
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(dir: string, port: number, follows?: number): Promise<ChildProcess> {
  const following =
    follows === undefined ? [] : ['--replicaof', `127.0.0.1 ${follows}`, '--repl-diskless-sync-delay', '0'];
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, ...REDIS_SETTINGS, ...following];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await eventually('Redis ready', async () => {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    const said = await redisCall(port, ['INFO', 'persistence']);
    if (!said?.includes('loading:0')) throw new Error(said ?? 'no answer');
  });
  return server;
}
