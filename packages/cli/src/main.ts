import { COMMANDS } from './commands.ts';
import { runProgram } from './program.ts';

process.exitCode = await runProgram(COMMANDS, process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
