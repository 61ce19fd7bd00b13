import type { Redis } from 'ioredis';
import type { Script } from './scripts.ts';

/** Runs a script on a shared connection and answers its reply, bulk strings as Buffers. */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<readonly unknown[]> {
  const parts = [...keys, ...args];
  try {
    return (await redis.callBuffer('EVALSHA', [script.sha, keys.length, ...parts])) as unknown[];
  } catch (error) {
    // The server does not know the script yet, so nothing ran.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return (await redis.callBuffer('EVAL', [script.source, keys.length, ...parts])) as unknown[];
  }
}
