import type { Commit, CommitAnswer, PollAnswer, ReadAnswer, ShardMeta, ShardSession } from '@holdfast/engine';
import { createDueIndex, type DueIndex } from './due-index.ts';

/** What a shard would have in the store, for one fold that nobody else can interrupt: no token, no failure. */
export interface MemorySession {
  readonly session: ShardSession;
  readonly states: ReadonlyMap<string, Buffer>;
  readonly dues: Pick<DueIndex, 'dueUntil' | 'nextMs'>;
}

/** `committed` sees every commit once it is done. */
export function createMemorySession(meta: ShardMeta, committed: (commit: Commit) => void): MemorySession {
  const states = new Map<string, Buffer>();
  const dues = createDueIndex();
  let { version } = meta;

  const write = (commit: Commit): CommitAnswer => {
    for (const id of commit.deletions ?? []) {
      states.delete(id);
      dues.remove(id);
    }
    for (const { id, bytes } of commit.states) states.set(id, bytes);
    for (const { id, dueMs } of commit.dues) dues.set(id, dueMs);
    version += 1;
    committed(commit);
    return { kind: 'ok', version, outboxLength: 0 };
  };
  const read = (ids: readonly string[]): ReadAnswer => ({
    kind: 'ok',
    states: ids.map((id) => states.get(id) ?? null),
  });
  const poll = (nowMs: number, limit: number): PollAnswer => ({
    kind: 'ok',
    due: dues.dueUntil(nowMs, limit),
    nextDueMs: dues.nextMs(),
  });

  return {
    states,
    dues,
    session: {
      claim: async () => ({ kind: 'claimed', meta }),
      read: async (ids) => read(ids),
      commit: async (_, commit) => write(commit),
      poll: async (_, nowMs, limit) => poll(nowMs, limit),
      // Never asked for: records that configure a shard are passed over here.
      sweep: async () => ({ kind: 'ok', entries: [], cursor: undefined }),
      readOutbox: async () => ({ kind: 'ok', entries: [], length: 0 }),
      trim: async () => ({ kind: 'ok', relayMoved: false }),
      awaitDurable: async () => ({ kind: 'ok', by: 'nothing' }),
      noteStopped: async () => undefined,
      close: async () => undefined,
    },
  };
}
