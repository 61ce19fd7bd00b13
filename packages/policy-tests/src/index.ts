export type { TestOutcome } from './model.ts';
export { runTests, type TestRun } from './run-folder.ts';
