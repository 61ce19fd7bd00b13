import type { TestProject } from 'vitest/node';
import type { StackAddresses, StackKind } from '../../../infra/stack/index.mjs';
import { type Stack, startStack } from './stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's stack, shared by its tests: they keep apart by names of their own. */
    stack: StackAddresses & { readonly kind: StackKind };
  }
}

interface SharedStack {
  users: number;
  readonly started: Promise<Stack>;
}

// Every vitest project loads this file anew; what they share lives on the process.
const holder = process as typeof process & { holdfastTestStack?: SharedStack | undefined };

/** Starts the run's stack for the first project that needs it; the last one to end takes it down. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Tests of a system that is up already bring no stack of their own.
  if (process.env.HOLDFAST_E2E_GATEWAY_URL) return undefined;
  holder.holdfastTestStack ??= { users: 0, started: startForRun() };
  const shared = holder.holdfastTestStack;
  shared.users += 1;
  const { kind, brokers, registryUrl, redisUrl } = await shared.started;
  project.provide('stack', { kind, brokers, registryUrl, redisUrl });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    holder.holdfastTestStack = undefined;
    await (await shared.started).stop();
  };
}

async function startForRun(): Promise<Stack> {
  const stack = await startStack();
  process.stderr.write(`stack for tests: ${stack.kind}, broker ${stack.brokers.join()}, redis ${stack.redisUrl}\n`);
  return stack;
}
