import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Nothing in these is judged by seconds, so two of them share the machine. Most of their time they wait.
const OPERATIONS = [
  'upgrade',
  'bad-input',
  'dead-letters',
  'wipe',
  'poison',
  'operator',
  'policies',
  'desk',
  'ingest',
  'erasure',
  'log-loss',
  'policy-life',
  'secured',
  'customer-view',
  'tcp-proxy',
  'punctuality',
].map((name) => `test/integrity/${name}.test.ts`);

/**
 * unit: no I/O. simulation: the engine in a simulated world. int: an adapter on its real server.
 * e2e: the whole system. operations, faults: what it promises when parts fail.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services}/*/src/**/*.test.ts', 'infra/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
          // Pure code leaves nothing behind, so files share what they import: that was half of the tier's time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          // It has what others leave of the machine.
          testTimeout: 300_000,
          fileParallelism: false,
          maxConcurrency: availableParallelism(),
        },
      },
      {
        test: {
          name: 'int',
          include: ['{packages,services}/*/src/**/*.int.test.ts'],
          globalSetup: ['packages/testkit/src/stack-setup.ts'],
          // Nothing is judged by it: it ends what hangs. Processes that start take a minute on a machine that is busy elsewhere.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/stack-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'operations',
          include: OPERATIONS,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/integrity/**/*.test.ts'],
          exclude: OPERATIONS,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // What is judged is also whether timers are on time: two files at once are too much for two cores.
          fileParallelism: false,
        },
      },
    ],
  },
});
