import type { Clock } from '@holdfast/engine';
import { removeFrom } from './remove-from.ts';
import type { Actor } from './wire.ts';

export interface Sleeper {
  readonly actor: Actor;
  readonly atMs: number;
  wake(): void;
}

/** One time for all, moved by the scheduler; each actor may see it wrongly. */
export interface SimClock {
  nowMs(): number;
  /** The clock as this actor sees it: ahead by `skew()` ms. */
  of(actor: Actor, skew: () => number): Clock;
  advance(ms: number): void;
  /** Sleepers whose time has come and who can hear it. */
  due(): readonly Sleeper[];
  wake(sleeper: Sleeper): void;
  /** Earliest time at which anybody who can hear it wants to be woken; undefined when nobody sleeps. */
  nextMs(): number | undefined;
  forget(actor: Actor): void;
}

export function createSimClock(startMs: number): SimClock {
  let nowMs = startMs;
  let sleepers: Sleeper[] = [];
  const hears = ({ actor }: Sleeper) => actor.isAlive && !actor.isPaused;

  const alarmOf = (actor: Actor, ms: number, wake: () => void): Sleeper => {
    const sleeper: Sleeper = { actor, atMs: nowMs + Math.max(0, ms), wake };
    sleepers.push(sleeper);
    return sleeper;
  };

  return {
    nowMs: () => nowMs,
    of: (actor, skew) => ({
      now: () => nowMs + skew(),
      sleep: (ms) => new Promise((resolve) => void alarmOf(actor, ms, resolve)),
      alarm(ms, ring) {
        const sleeper = alarmOf(actor, ms, ring);
        return () => void removeFrom(sleepers, sleeper);
      },
    }),
    advance(ms) {
      nowMs += ms;
    },
    due: () => sleepers.filter((sleeper) => sleeper.atMs <= nowMs && hears(sleeper)),
    wake(sleeper) {
      removeFrom(sleepers, sleeper);
      sleeper.wake();
    },
    nextMs() {
      let next: number | undefined;
      for (const sleeper of sleepers) {
        if (hears(sleeper) && (next === undefined || sleeper.atMs < next)) next = sleeper.atMs;
      }
      return next;
    },
    forget(actor) {
      sleepers = sleepers.filter((sleeper) => sleeper.actor !== actor);
    },
  };
}
