import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Addresses } from '@holdfast/cli';
import { stackEnvironment } from '../../infra/stack/index.mjs';

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunningCommand {
  readonly ended: Promise<CommandResult>;
  /** Resolves when the command has written this to either output. */
  wrote(text: string): Promise<void>;
  kill(): void;
}

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** The `holdfast` command as a process, against an installation. */
export function startCommand(addresses: Addresses, ...words: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...stackEnvironment({ ...addresses, brokers: [...addresses.brokers] }),
      HOLDFAST_QUEUE_REDIS_URL: addresses.queueRedisUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = { out: '', err: '' };
  const waiting: { readonly text: string; resolve(): void }[] = [];
  const take = (name: 'out' | 'err') => (chunk: Buffer) => {
    result[name] += chunk.toString();
    for (const { text, resolve } of waiting) if ((result.out + result.err).includes(text)) resolve();
  };
  child.stdout.on('data', take('out'));
  child.stderr.on('data', take('err'));
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...result }));
  });
  return {
    ended,
    wrote: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve });
        void ended.then(({ out, err }) => reject(new Error(`it ended without writing ${text}:\n${out}${err}`)));
      }),
    kill: () => void child.kill('SIGKILL'),
  };
}

export function runCommand(addresses: Addresses, ...words: readonly string[]): Promise<CommandResult> {
  return startCommand(addresses, ...words).ended;
}
