import type { WorkList } from '@holdfast/redis';
import { type Repeated, repeat } from './repeat.ts';

export interface WorkClockDeps {
  readonly work: Pick<WorkList, 'advance'>;
  /** Told how often each change was made. */
  changed(change: string, times: number): void;
  failed(error: unknown): void;
}

/** At once: a few milliseconds of the server. What is left is done in the next turn, without a rest. */
const MOST = 200;

/** Makes items do what their time asks for: leases and sleeps that end, turns of the pool, deadlines, ends. */
export function startWorkClock(deps: WorkClockDeps, { everyMs }: { readonly everyMs: number }): Repeated {
  return repeat(
    async () => {
      const { looked, changes } = await deps.work.advance(MOST);
      for (const [change, times] of changes) deps.changed(change, times);
      return looked === MOST ? 'again' : 'rest';
    },
    { everyMs, failed: deps.failed },
  );
}
