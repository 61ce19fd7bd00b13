import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE, ROOT } from '../../../infra/stack/index.mjs';
import { environment as own } from './config.ts';

export type ServiceName = 'gateway' | 'worker' | 'dispatcher' | 'simulator';

export interface ServiceProcess {
  readonly name: ServiceName;
  readonly pid: number;
  /** Of its HTTP pages. */
  readonly port: number;
  /** Resolves with the exit code, or null for a signal, once it has ended for whatever reason and its log is written. */
  readonly ended: Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it has not gone after ten seconds. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  /** HOLDFAST_* variables; the port is any free one unless given. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the log file `<name>.log`, appended to. */
  readonly logDir: string;
  /** Tells processes of one service apart in the log files. */
  readonly label?: string;
  readonly readyWithinMs?: number;
}

/**
 * A worker's batches, and the contacts a dispatcher has at work, live longer than the usual young generation lasts: each
 * collection would move them again.
 */
const FLAGS: Partial<Record<ServiceName, readonly string[]>> = {
  worker: ['--max-semi-space-size=64'],
  dispatcher: ['--max-semi-space-size=32'],
};
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/** Starts a service of this checkout and waits for its line `ready`. Rejects with the end of its log when it gives up. */
export async function startServiceProcess(name: ServiceName, options: ServiceProcessOptions): Promise<ServiceProcess> {
  mkdirSync(options.logDir, { recursive: true });
  const log = createWriteStream(join(options.logDir, `${options.label ?? name}.log`), { flags: 'a' });
  const child = spawn(process.execPath, [...(FLAGS[name] ?? []), join(ROOT, 'services', name, 'src', 'main.ts')], {
    env: { PATH: own.PATH, HOLDFAST_HTTP_PORT: '0', NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(log, { end: false });
  // Not at its exit: that may be seen before its last words are read, and they are to be in the file by then.
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => log.end(() => resolve(code)));
  });
  const port = await readyPort(child, { log, name, ended, withinMs: options.readyWithinMs ?? READY_WITHIN_MS });
  return {
    name,
    pid: child.pid ?? 0,
    port,
    ended,
    signal: (signal) => void child.kill(signal),
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
    },
  };
}

interface Starting {
  readonly name: string;
  readonly log: WriteStream;
  readonly ended: Promise<number | null>;
  readonly withinMs: number;
}

function readyPort(child: ChildProcess, { name, log, ended, withinMs }: Starting): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const last: string[] = [];
  const fail = (what: string) => reject(new Error(`${name} ${what}; its last words:\n${last.join('\n')}`));
  const remember = (line: string) => {
    last.push(line);
    if (last.length > 20) last.shift();
  };
  const timer = setTimeout(() => {
    fail(`was not ready within ${withinMs} ms`);
    child.kill('SIGKILL');
  }, withinMs);
  void ended.then((code) => fail(`ended with ${code ?? 'a signal'} before it was ready`));
  if (child.stderr) createInterface({ input: child.stderr }).on('line', remember);
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      remember(line);
      log.write(`${line}\n`);
      const port = portOfReadyLine(line);
      if (port !== undefined) resolve(port);
    });
  }
  return promise.finally(() => clearTimeout(timer));
}

/** The port in a service's line `{"msg":"ready","port":N}`; undefined for any other line. */
export function portOfReadyLine(line: string): number | undefined {
  if (!line.includes('"msg":"ready"')) return undefined;
  const { port } = JSON.parse(line) as { port?: unknown };
  return typeof port === 'number' ? port : undefined;
}
