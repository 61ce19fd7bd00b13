import type { Clock } from '@holdfast/engine';

/** Time that moves only when told to. */
export interface VirtualClock extends Clock {
  /** Lets everything that is ready run, then moves on, sleeper by sleeper, until `ms` have passed. */
  advance(ms: number): Promise<void>;
  /** Advances in small steps until the condition holds; rejects, naming what was missing, after `withinMs`. */
  until(condition: () => boolean, what: string, withinMs?: number): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let sleepers: Sleeper[] = [];

  const settle = async () => {
    // Promise chains of the engine are shorter than this; each turn of the loop drains all microtasks.
    for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  const advance = async (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      await settle();
      const next = sleepers.reduce<Sleeper | undefined>((a, b) => (a && a.atMs <= b.atMs ? a : b), undefined);
      if (!next || next.atMs > endMs) break;
      nowMs = Math.max(nowMs, next.atMs);
      sleepers = sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
    }
    nowMs = endMs;
    await settle();
  };

  const alarm = (ms: number, ring: () => void) => {
    const sleeper: Sleeper = { atMs: nowMs + Math.max(0, ms), wake: ring };
    sleepers.push(sleeper);
    return () => {
      sleepers = sleepers.filter((other) => other !== sleeper);
    };
  };

  return {
    now: () => nowMs,
    sleep: (ms) => new Promise((resolve) => void alarm(ms, resolve)),
    alarm,
    advance,
    async until(condition, what, withinMs = 60_000) {
      const endMs = nowMs + withinMs;
      await settle();
      while (!condition()) {
        if (nowMs >= endMs) throw new Error(`not within ${withinMs} ms of virtual time: ${what}`);
        await advance(50);
      }
    },
  };
}
