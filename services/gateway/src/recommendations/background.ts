/** Work that goes on beside requests, so many at a time. */
export interface Background {
  /** False when there is no room for it; `work` never rejects. */
  start(work: () => Promise<void>): boolean;
  /** Takes nothing more; resolves when all that was started is done. */
  close(): Promise<void>;
}

export function createBackground(most: number): Background {
  const running = new Set<Promise<void>>();
  let isClosed = false;
  return {
    start(work) {
      if (isClosed || running.size >= most) return false;
      const one: Promise<void> = work().finally(() => running.delete(one));
      running.add(one);
      return true;
    },
    async close() {
      isClosed = true;
      await Promise.all(running);
    },
  };
}
