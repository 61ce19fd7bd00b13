import { randomUUID } from 'node:crypto';
import type { WorkChangeEntry, WorkList } from '@holdfast/redis';
import { repeat } from './repeat.ts';
import { type WorkEvent, workEvents } from './work-events.ts';

export interface WorkRelayDeps {
  readonly work: Pick<WorkList, 'readOutbox' | 'trimOutbox' | 'endTurn'>;
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly WorkEvent[]): Promise<readonly { readonly kind: string; readonly message?: string }[]>;
  /** Told of each change that was put into the log, and of one that never can be. */
  told(entry: WorkChangeEntry): void;
  refused(message: string): void;
  failed(error: unknown): void;
}

export interface WorkRelayOptions {
  /** How long it waits when there is nothing, ms. */
  readonly everyMs: number;
  /** How long another relay waits for this one when its process ends without a word, ms. */
  readonly turnMs: number;
}

export interface WorkRelay {
  close(): Promise<void>;
}

const MOST = 500;

/**
 * Puts what the work list tells into the log, in order, and takes it from the outbox once all replicas have it: at least
 * once, under ids that follow from the change. Of many gateways one has the turn.
 */
export function startWorkRelay(deps: WorkRelayDeps, options: WorkRelayOptions): WorkRelay {
  const token = randomUUID();
  const loop = repeat(
    async () => {
      const entries = await deps.work.readOutbox({ token, turnMs: options.turnMs, most: MOST });
      if (entries === undefined || entries.length === 0) return 'rest';
      return (await tell(entries, deps)) ? 'again' : 'rest';
    },
    { everyMs: options.everyMs, failed: deps.failed },
  );
  return {
    async close() {
      await loop.close();
      await deps.work.endTurn(token).catch(deps.failed);
    },
  };
}

/** False where the log did not take all of them: those wait, with all that came after them. */
async function tell(entries: readonly WorkChangeEntry[], deps: WorkRelayDeps): Promise<boolean> {
  const events = entries.map(workEvents);
  const outcomes = await deps.append(events.flat());
  const settled: WorkChangeEntry[] = [];
  let next = 0;
  for (const [index, entry] of entries.entries()) {
    const own = outcomes.slice(next, next + (events[index]?.length ?? 0));
    next += own.length;
    const refused = own.find(({ kind }) => kind === 'rejected');
    const isTold = own.length > 0 && own.every(({ kind }) => kind === 'accepted' || kind === 'rejected');
    if (!isTold) break;
    if (refused) deps.refused(refused.message ?? '');
    settled.push(entry);
  }
  await deps.work.trimOutbox(settled.map(({ entryId }) => entryId));
  for (const entry of settled) deps.told(entry);
  return settled.length === entries.length;
}
