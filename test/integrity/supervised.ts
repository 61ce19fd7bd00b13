import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '@holdfast/cli';
import { eventually } from '@holdfast/testkit';

/** A service that is started again whenever it ends, as an orchestrator does. */
export interface Supervised {
  readonly label: string;
  /** How often it was started. */
  readonly starts: number;
  /** Why starts were given up, in its own words. */
  readonly refusals: readonly string[];
  /** The process that runs now; waits for one that is starting. */
  running(): Promise<ServiceProcess>;
  /** Ends it as it wishes to end, for good. */
  retire(): Promise<void>;
}

const AGAIN_AFTER_MS = 300;
/** A start takes seconds on a busy machine, and each fault of a server that falls into it makes it begin again. */
const START_PATIENCE_MS = 300_000;

export function supervise(label: string, start: () => Promise<ServiceProcess>): Supervised {
  const refusals: string[] = [];
  let starts = 0;
  let current: ServiceProcess | undefined;
  let isRetired = false;

  const life = async () => {
    while (!isRetired) {
      try {
        current = await start();
        starts += 1;
      } catch (error) {
        refusals.push(error instanceof Error ? error.message : String(error));
        await pause(AGAIN_AFTER_MS);
        continue;
      }
      if (isRetired) void current.stop();
      await current.ended;
      current = undefined;
    }
  };
  const over = life();
  return {
    label,
    get starts() {
      return starts;
    },
    refusals,
    running: () =>
      eventually(
        `${label} running`,
        () => {
          if (!current) throw new Error(refusals.at(-1) ?? 'it is starting');
          return current;
        },
        { withinMs: START_PATIENCE_MS, everyMs: 20 },
      ),
    async retire() {
      isRetired = true;
      await current?.stop();
      await over;
    },
  };
}
