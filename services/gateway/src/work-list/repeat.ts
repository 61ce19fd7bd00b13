import { setTimeout as delay } from 'node:timers/promises';

export interface Repeated {
  /** Resolves when the turn under way has ended. */
  close(): Promise<void>;
}

/**
 * Does `turn` again and again: at once where it says so, else after a rest. A turn that rejects is told of and followed by a
 * rest.
 */
export function repeat(
  turn: () => Promise<'again' | 'rest'>,
  { everyMs, failed }: { readonly everyMs: number; failed(error: unknown): void },
): Repeated {
  const closing = new AbortController();
  const { signal } = closing;
  const run = async () => {
    while (!signal.aborted) {
      const what = await turn().catch((error) => {
        failed(error);
        return 'rest' as const;
      });
      if (what === 'rest') await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}
