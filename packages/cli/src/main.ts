import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../../../infra/stack/index.mjs';
import { COMMANDS } from './commands.ts';
import { runProgram } from './program.ts';

// Before a command is loaded, which is done when it is asked for.
enableCompileCache(COMPILE_CACHE);

process.exitCode = await runProgram(COMMANDS, process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
