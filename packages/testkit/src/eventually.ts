/**
 * Tries a check until it passes; rejects with its last failure, naming what was awaited. For what happens in other
 * processes, where there is nothing to await.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  options: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const { withinMs = 60_000, everyMs = 100 } = options;
  const endMs = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= endMs) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`not within ${withinMs} ms: ${what}\n${reason}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
