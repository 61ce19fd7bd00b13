import { setTimeout as sleep } from 'node:timers/promises';
import { awaitErasure, beginErasure, type ErasurePlace, isErasureFolded } from '@holdfast/telecom';

/** Takes from one store beside the shard what it has of a customer. Rejects where it cannot tell that nothing is left. */
export type Forgetter = (customerId: string) => Promise<unknown>;

type BeginDeps = Parameters<typeof beginErasure>[1];

export interface ErasureDeskDeps {
  readonly store: BeginDeps['store'];
  readonly output: BeginDeps['output'];
  /** Undefined where the gateway was given no key. */
  readonly seal: BeginDeps['seal'] | undefined;
  readonly forgetters: readonly Forgetter[];
  /** What went wrong after the answer. */
  failed(error: unknown): void;
}

export interface ErasureDeskOptions {
  /** How long a request waits for the shard, ms. Default 2 s. */
  readonly waitMs?: number;
  /** How long a shard is followed after the answer, ms. Default ten minutes. */
  readonly followMs?: number;
}

export type Erased =
  | { readonly kind: 'begun'; readonly place: ErasurePlace; readonly isDone: boolean }
  | { readonly kind: 'no-key' | 'foreign-key' | 'uninitialised' }
  /** The log did not answer: the record may or may not be there. */
  | { readonly kind: 'not-appended'; readonly error: unknown }
  /** It is in the log; another store still has something. */
  | { readonly kind: 'not-forgotten'; readonly error: unknown };

export interface ErasureDesk {
  /** Never rejects. */
  erase(customerId: string): Promise<Erased>;
  /** Undefined where there is no such shard. Rejects when the store cannot be reached. */
  isDone(place: ErasurePlace): Promise<boolean | undefined>;
  /** Follows nobody any more. */
  close(): void;
}

const WAIT_MS = 2_000;
const FOLLOW_MS = 600_000;

/**
 * Erases customers: the record that his shard folds, and what other stores have. They forget twice, at once and when the shard
 * has folded it: a contact that was on its way may bring something back in between.
 */
export function createErasureDesk(deps: ErasureDeskDeps, options: ErasureDeskOptions = {}): ErasureDesk {
  const { waitMs = WAIT_MS, followMs = FOLLOW_MS } = options;
  const closing = new AbortController();
  const delay = (ms: number) => sleep(ms, undefined, { signal: closing.signal });
  const wait = { store: deps.store, delay, nowMs: () => performance.now() };

  const forget = async (customerId: string): Promise<void> => {
    const answers = await Promise.allSettled(deps.forgetters.map((forgetter) => forgetter(customerId)));
    const failure = answers.find((answer) => answer.status === 'rejected');
    if (failure) throw failure.reason;
  };

  const follow = async (customerId: string, place: ErasurePlace): Promise<void> => {
    try {
      if (await awaitErasure(place, followMs, wait)) return await forget(customerId);
      deps.failed(new Error(`shard ${place.partition} has not come to an erasure within ${followMs} ms`));
    } catch (error) {
      if (!closing.signal.aborted) deps.failed(error);
    }
  };

  return {
    async erase(customerId) {
      const { store, output, seal } = deps;
      if (seal === undefined) return { kind: 'no-key' };
      const begun = await beginErasure(customerId, { store, output, seal }).catch((error: unknown) => ({
        kind: 'not-appended' as const,
        error,
      }));
      if (begun.kind !== 'begun') return begun;
      const place = { partition: begun.partition, offset: begun.offset };
      try {
        await forget(customerId);
        const isDone = await awaitErasure(place, waitMs, wait);
        if (isDone) await forget(customerId);
        else void follow(customerId, place);
        return { kind: 'begun', place, isDone };
      } catch (error) {
        return { kind: 'not-forgotten', error };
      }
    },
    isDone: (place) => isErasureFolded(place, deps.store),
    close: () => closing.abort(),
  };
}
