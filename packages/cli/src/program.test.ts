import { ConfigError } from '@holdfast/observability';
import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { StackFailure } from '../../../infra/stack/index.mjs';
import { type CommandEntry, runProgram } from './program.ts';

function harness() {
  const text = { out: '', err: '' };
  const loaded: string[] = [];
  const entry = (name: string, define: Awaited<ReturnType<CommandEntry['load']>>['define']): CommandEntry => ({
    name,
    summary: `the ${name} command`,
    load: async () => {
      loaded.push(name);
      return { define };
    },
  });
  const entries = [
    entry('greet', (command, { out }) => {
      command.option('--json').action(({ json }: { json?: boolean }) => out(json ? '{}' : 'hello'));
    }),
    entry('judge', (command, { exit }) => void command.action(() => exit(1))),
    entry('break', (command) => {
      command.action(() => {
        throw new StackFailure('It broke.', 'Mend it.');
      });
    }),
    entry('misread', (command) => {
      command.action(() => {
        throw new ConfigError(['HOLDFAST_X: is wrong']);
      });
    }),
    entry('pick', (command) => {
      command.option('--all').action(() => {
        throw new InvalidArgumentError('either --one or --all is expected.');
      });
    }),
    entry('customer', (command, { out }) => {
      command
        .command('show')
        .argument('<id>')
        .action((id: string) => out(`customer ${id}`));
    }),
  ];
  const output = {
    out: (more: string) => (text.out += more),
    err: (more: string) => (text.err += more),
  };
  return { text, loaded, run: (...words: string[]) => runProgram(entries, words, output) };
}

describe('the holdfast command', () => {
  it('runs a command with its options and loads no other', async () => {
    const { run, text, loaded } = harness();
    expect(await run('greet', '--json')).toBe(0);
    expect(text.out).toBe('{}');
    expect(loaded).toEqual(['greet']);
  });

  it('ends with the code the command asks for', async () => {
    expect(await harness().run('judge')).toBe(1);
  });

  it('runs a command of a command', async () => {
    const { run, text } = harness();
    expect(await run('customer', 'show', '42')).toBe(0);
    expect(text.out).toBe('customer 42');
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['greet', '--loud'], /unknown option '--loud'/],
    [['greet', 'surplus'], /too many arguments/],
    [['customer', 'show'], /missing required argument/],
    [[], /Usage: holdfast/],
  ])('answers wrong usage %j with the usage and code 2', async (words, expected) => {
    const { run, text } = harness();
    expect(await run(...words)).toBe(2);
    expect(text.err).toMatch(expected);
    expect(text.err).toContain('Usage: holdfast');
  });

  it('says which options do not go together, with code 2', async () => {
    const { run, text } = harness();
    expect(await run('pick', '--all')).toBe(2);
    expect(text.err).toBe('error: either --one or --all is expected.\n');
  });

  it('lists every command when asked for help', async () => {
    const { run, text } = harness();
    expect(await run('--help')).toBe(0);
    expect(text.out).toMatch(/greet +the greet command/);
  });

  it('says what failed and what to do, without a stack trace, and ends with 1', async () => {
    const { run, text } = harness();
    expect(await run('break')).toBe(1);
    expect(text.err).toBe('holdfast: It broke.\n  Mend it.\n');
  });

  it('says which key of the environment is wrong, without a stack trace, and ends with 1', async () => {
    const { run, text } = harness();
    expect(await run('misread')).toBe(1);
    expect(text.err).toMatch(/^holdfast: .*\n {2}- HOLDFAST_X: is wrong\n$/);
  });
});
