import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { StackFailure } from '../../../infra/stack/index.mjs';

/** Where a command writes: results to `out`, progress and errors to `err`. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What a command file exports: `define` adds arguments, options and an action that answers the exit code. */
export interface CommandModule {
  readonly define: (command: Command, context: CommandContext) => void;
}

export interface CommandContext extends Output {
  /** The action's way to end: runs the work, its answer is the exit code. */
  readonly exit: (code: number) => void;
}

/** A command's row. Its file is loaded only when it is asked for, so that `up` does not pay for what `demo` imports. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

const USAGE_ERROR = 2;

/** Runs one command line. Answers the exit code: what the command says, 1 for a failure, 2 for wrong usage. */
export async function runProgram(
  entries: readonly CommandEntry[],
  words: readonly string[],
  output: Output,
): Promise<number> {
  let code = 0;
  const context = { ...output, exit: (wanted: number) => (code = wanted) };
  try {
    const program = await buildProgram(entries, words, context);
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return describeFailure(error, output);
  }
}

async function buildProgram(
  entries: readonly CommandEntry[],
  words: readonly string[],
  context: CommandContext,
): Promise<Command> {
  const program = new Command('holdfast').description('Keeps telecom customers: the local stack and its tools.');
  prepare(program, context);
  for (const entry of entries) {
    const command = prepare(program.command(entry.name).summary(entry.summary).description(entry.summary), context);
    if (words.includes(entry.name)) (await entry.load()).define(command, context);
  }
  return program;
}

/** Errors throw instead of ending the process; wrong usage shows the usage. Sub-commands inherit it. */
function prepare(command: Command, { out, err }: Output): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError()
    .allowExcessArguments(false);
}

function describeFailure(error: unknown, { err }: Output): number {
  // Thrown by an action about options that do not go together; what the parser refuses, it has said already.
  if (error instanceof InvalidArgumentError) err(`error: ${error.message}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  if (isConfigError(error)) {
    err(`holdfast: ${error.message}\n`);
    return 1;
  }
  if (!(error instanceof StackFailure)) throw error;
  err(`holdfast: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
  return 1;
}

/** By its code: the package it comes from is slow to load, and `up` needs nothing of it. */
function isConfigError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'configuration';
}
