import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, StackFailure } from '../../../../infra/stack/index.mjs';
import { environment as own } from '../config.ts';

/** The simulator's word at its end: what the log acknowledged. */
export interface ReplaySummary {
  readonly source: string;
  readonly customers: number;
  readonly planned: number;
  readonly sent: number;
  readonly heartbeats: number;
  readonly behindMs: number;
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  readonly badRows: { readonly count: number };
  readonly notes: readonly string[];
}

/** What customers said at the simulator's desk, by `offer|segment`. */
export interface DeskSummary {
  readonly answers: number;
  readonly open: number;
  readonly tally: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ReplayProcess {
  /** Resolves when everything is prepared, with a line that says what. */
  readonly prepared: Promise<string>;
  /** Resolves when the first event is on its way. */
  begin(): Promise<void>;
  /** Resolves when everything is sent; with a desk the process goes on. Rejects when the simulator fails. */
  readonly done: Promise<ReplaySummary>;
  /** Lets the desk say what it still has to, and ends the process. Rejects when that fails. */
  closeDesk(): Promise<DeskSummary>;
  /** Ends it; `done` is not waited for. */
  stop(): Promise<void>;
}

export interface ReplayProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly logDir: string;
}

const WAITING = 'simulator: waiting';
const SENDING = 'simulator: sending';

/** Starts the simulator with everything prepared up to the first event. */
export function startReplayProcess({ environment, words, logDir }: ReplayProcessOptions): ReplayProcess {
  mkdirSync(logDir, { recursive: true });
  const log = createWriteStream(join(logDir, 'demo-simulator.log'), { flags: 'a' });
  const main = join(ROOT, 'services', 'simulator', 'src', 'main.ts');
  const child = spawn(process.execPath, [main, '--wait', ...words], {
    env: { PATH: own.PATH, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const prepared = Promise.withResolvers<string>();
  const sending = Promise.withResolvers<void>();
  const done = Promise.withResolvers<ReplaySummary>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const last: string[] = [];
  const desk = Promise.withResolvers<DeskSummary>();
  let deskSummary: DeskSummary | undefined;

  createInterface({ input: child.stderr }).on('line', (line) => {
    log.write(`${line}\n`);
    if (line === WAITING) prepared.resolve(last.at(-1)?.replace('simulator: ', '') ?? '');
    if (line === SENDING) sending.resolve();
    last.push(line);
    if (last.length > 10) last.shift();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    if (line.startsWith('{"source"')) done.resolve(JSON.parse(line) as ReplaySummary);
    else if (line.startsWith('{"desk"')) deskSummary = (JSON.parse(line) as { desk: DeskSummary }).desk;
    else last.push(line);
  });
  child.once('close', (code) => {
    log.end();
    const failure = new StackFailure(`the simulator ended with ${code ?? 'a signal'}`, last.join('\n  '));
    prepared.reject(failure);
    sending.reject(failure);
    // Settles nothing that is settled.
    done.reject(failure);
    if (code === 0 && deskSummary) desk.resolve(deskSummary);
    else desk.reject(failure);
  });
  // Whoever waits hears of a failure; nobody has to.
  for (const promise of [prepared.promise, sending.promise, done.promise, desk.promise]) promise.catch(() => undefined);
  return {
    prepared: prepared.promise,
    begin() {
      child.stdin.end('go\n');
      return sending.promise;
    },
    done: done.promise,
    closeDesk() {
      child.kill('SIGTERM');
      return desk.promise;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
