import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface HoldfastProcess {
  readonly child: ChildProcess;
  /** Resolves once it has ended, with its exit code (null for a signal) and all it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** What it said so far. */
  said(): string;
}

/** Runs `holdfast` as a user does, with nothing in its environment but what is given. */
export function startHoldfast(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  input?: string,
): HoldfastProcess {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (out += text));
  child.stderr?.on('data', (text: Buffer) => (err += text));
  if (input !== undefined) child.stdin?.end(input);
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended, said: () => out + err };
}
