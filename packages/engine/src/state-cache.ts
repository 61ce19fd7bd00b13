import { LRUCache } from 'lru-cache';

/** A state as the store has it. */
export interface CommittedState {
  readonly bytes: Buffer;
  /** Score of the entity in the timer index. */
  readonly indexedDueMs: number | undefined;
}

/** Encoded states as of the last commit of this claim, bounded by the memory they take. */
export interface StateCache {
  get(id: string): CommittedState | undefined;
  put(id: string, state: CommittedState): void;
}

/**
 * Held as one-byte strings: a small Buffer either takes as much again for itself, or keeps the whole slab it was cut
 * from. Decoded states take ten times their encoded size, and the collector's work on them costs as much as decoding.
 */
interface Held {
  readonly latin1: string;
  readonly indexedDueMs: number | undefined;
}

/** What an entry takes beside its bytes: id, entry, links and the places in the tables. */
const MEMORY_PER_ENTITY = 200;

export function createStateCache(maxBytes: number): StateCache {
  const entries = new LRUCache<string, Held>({
    maxSize: maxBytes,
    sizeCalculation: ({ latin1 }) => MEMORY_PER_ENTITY + latin1.length,
  });
  return {
    get(id) {
      const held = entries.get(id);
      return held && { bytes: Buffer.from(held.latin1, 'latin1'), indexedDueMs: held.indexedDueMs };
    },
    put(id, { bytes, indexedDueMs }) {
      entries.set(id, { latin1: bytes.toString('latin1'), indexedDueMs });
    },
  };
}
