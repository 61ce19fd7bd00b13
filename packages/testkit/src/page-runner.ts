import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { isAsShown, type PageStep, pageSteps } from './page.ts';

export interface PageRunOptions {
  /** Where the reader is when he begins. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long one command, or what is shown in another terminal, may take. Default 60,000. */
  readonly withinMs?: number;
}

/**
 * Does what a page of documentation says, in the shells a reader would have, and checks that each shows what the page says it
 * shows; see `pageSteps`. Rejects with the line of the page and what was seen instead.
 */
export async function runPage(path: string, options: PageRunOptions): Promise<void> {
  const steps = pageSteps(readFileSync(path, 'utf8'));
  const terminals = new Map<number, Terminal>();
  const terminal = (number: number): Terminal => {
    const known = terminals.get(number) ?? openTerminal(options);
    terminals.set(number, known);
    return known;
  };
  try {
    for (const [index, step] of steps.entries()) {
      await follow(step, steps[index + 1], terminal(step.terminal), { path, withinMs: options.withinMs ?? WITHIN_MS });
    }
  } finally {
    await Promise.all([...terminals.values()].map((each) => each.close()));
  }
}

const WITHIN_MS = 60_000;

async function follow(
  step: PageStep,
  next: PageStep | undefined,
  terminal: Terminal,
  { path, withinMs }: { readonly path: string; readonly withinMs: number },
): Promise<void> {
  const place = `${path}:${step.line}`;
  if (step.kind === 'shown') {
    // The commands of the first terminal are over: what it does not show now it never will.
    if (step.terminal === 1) return see(terminal, step.text, place);
    await eventually(`what the page shows at ${place}`, () => see(terminal, step.text, place), { withinMs });
    return;
  }
  const run = async () => {
    const exitCode = await terminal.type(step.text, step.terminal === 1 ? withinMs : 0);
    if (exitCode === undefined || exitCode === step.exitCode) return;
    throw new Error(`the commands at ${place} end with ${exitCode} instead of ${step.exitCode}:\n${terminal.shown()}`);
  };
  if (!step.isEventual) return run();
  await eventually(
    `what the page shows after ${place}`,
    async () => {
      await run();
      if (next?.kind === 'shown') see(terminal, next.text, place);
    },
    { withinMs, everyMs: 500 },
  );
}

function see(terminal: Terminal, expected: string, place: string): void {
  if (isAsShown(terminal.shown(), expected)) return;
  throw new Error(`the page shows at ${place}:\n${expected}\nbut what is seen is:\n${terminal.shown()}`);
}

interface Terminal {
  /** Types commands; waits so long for their end, not at all for 0. Answers the exit code of the last one, undefined without waiting. */
  type(commands: string, withinMs: number): Promise<number | undefined>;
  /** What was printed since the last commands were typed. */
  shown(): string;
  /** Ctrl-C, and the end of the shell. */
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 20_000;

function openTerminal({ cwd, environment }: PageRunOptions): Terminal {
  const scripts = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  // In a group of its own, so that Ctrl-C reaches what was started in it, as it does in a terminal.
  const shell = spawn('bash', ['--noprofile', '--norc'], { cwd, env: environment, detached: true, stdio: 'pipe' });
  const ended = once(shell, 'close');
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (text: Buffer) => (output += text));
  let count = 0;
  return {
    shown: () => output,
    async type(commands, withinMs) {
      count += 1;
      const script = join(scripts, `${count}.sh`);
      const mark = `end-${randomUUID()}`;
      writeFileSync(script, commands);
      output = '';
      // From a file: commands that read standard input must not read the commands behind them.
      shell.stdin.write(`. ${script} </dev/null; echo ${mark} $?\n`);
      if (withinMs === 0) return undefined;
      return eventually('the end of the commands', () => endOf(mark), { withinMs });
    },
    async close() {
      await endGroup(shell, ended);
      rmSync(scripts, { recursive: true, force: true });
    },
  };

  function endOf(mark: string): number {
    const found = new RegExp(`${mark} (\\d+)\\n$`).exec(output);
    if (found === null) throw new Error(`they still run; printed so far:\n${output}`);
    output = output.slice(0, found.index);
    return Number(found[1]);
  }
}

async function endGroup(shell: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      if (shell.pid !== undefined) process.kill(-shell.pid, name);
    } catch {
      // Nobody of the group is left.
    }
  };
  shell.stdin?.end();
  signal('SIGINT');
  const timer = setTimeout(() => signal('SIGKILL'), CLOSE_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
