import type { ShardMeta } from './ports/store.ts';
import type { ErasureRules } from './topology.ts';

/** What a past erasure means for something told about an entity. */
export type Erased =
  /** Nothing: it is to be folded. */
  | 'no'
  /** It happened before. */
  | 'earlier'
  /** It tells how something earlier went on: dropped, unless somebody of that id came after the erasure. */
  | 'echo';

/** Who was erased from a shard. Changes are taken back with the fold that made them. */
export interface Erasures<E> {
  /** `atMs`: when it happened or when it was appended, whichever is earlier. An event may be dated ahead. */
  verdictOn(entityId: string, event: E, atMs: number): Erased;
  /** A decision found in the log: whether it was made for what is erased. */
  verdictOnDecision(entityId: string, atMs: number): Erased;
  /** Remembers an erasure; false when this one, or a later one of the same id, is remembered already. */
  erase(entityId: string, atMs: number): boolean;
  /** Marks made since the last `settle`, for the commit; undefined when there are none. */
  changes(): Readonly<Record<string, number>> | undefined;
  settle(): void;
  rollback(): void;
}

/** Separates the name of the key from the keyed hash in a mark. */
const SEPARATOR = '.';

/** Whether a shard remembers somebody under a key this process does not have: it could not tell whose events to drop. */
export function hasForeignMarks<E>(meta: ShardMeta, rules: ErasureRules<E> | undefined): boolean {
  const own = rules?.markOf?.('').split(SEPARATOR)[0];
  return Object.keys(meta.erasures ?? {}).some((mark) => mark.split(SEPARATOR)[0] !== own);
}

export function createErasures<E>(
  start: Readonly<Record<string, number>> | undefined,
  rules: ErasureRules<E> | undefined,
): Erasures<E> {
  const marks = new Map(Object.entries(start ?? {}));
  const before = new Map<string, number | undefined>();
  let newestMs = Math.max(0, ...marks.values());

  const timeOf = (entityId: string): number => marks.get(rules?.markOf?.(entityId) ?? '') ?? 0;

  return {
    verdictOn(entityId, event, atMs) {
      if (marks.size === 0) return 'no';
      const isEcho = rules?.opens(event) === false;
      // A keyed hash costs about as much as folding an event: it is made only where the answer could matter.
      if (!isEcho && atMs > newestMs) return 'no';
      const erasedAtMs = timeOf(entityId);
      if (erasedAtMs === 0) return 'no';
      if (atMs <= erasedAtMs) return 'earlier';
      return isEcho ? 'echo' : 'no';
    },
    verdictOnDecision(entityId, atMs) {
      if (marks.size === 0 || atMs > newestMs) return 'no';
      return atMs <= timeOf(entityId) ? 'earlier' : 'no';
    },
    erase(entityId, atMs) {
      const mark = rules?.markOf?.(entityId);
      if (mark === undefined) throw new Error('an erasure cannot be remembered without its key');
      const known = marks.get(mark);
      if (known !== undefined && known >= atMs) return false;
      if (!before.has(mark)) before.set(mark, known);
      marks.set(mark, atMs);
      newestMs = Math.max(newestMs, atMs);
      return true;
    },
    changes() {
      if (before.size === 0) return undefined;
      return Object.fromEntries([...before.keys()].map((mark) => [mark, marks.get(mark) ?? 0]));
    },
    settle: () => before.clear(),
    rollback() {
      for (const [mark, value] of before) {
        if (value === undefined) marks.delete(mark);
        else marks.set(mark, value);
      }
      before.clear();
    },
  };
}
