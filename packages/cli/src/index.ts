export { COMMANDS } from './commands.ts';
export { type CommandContext, type CommandEntry, type CommandModule, type Output, runProgram } from './program.ts';
