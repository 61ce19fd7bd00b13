export type { Addresses } from './addresses.ts';
export { COMMANDS } from './commands.ts';
export { type Installation, type InstallationPlan, initialise } from './installation.ts';
export { type CommandContext, type CommandEntry, type CommandModule, type Output, runProgram } from './program.ts';
export { type ServiceName, type ServiceProcess, startServiceProcess } from './service-process.ts';
