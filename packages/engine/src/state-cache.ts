import { LRUCache } from 'lru-cache';

export interface CachedEntity<S> {
  readonly state: S;
  /** Score of the entity in the timer index; undefined when it is not in the index yet. */
  readonly indexedDueMs: number | undefined;
  /** Encoded size as last committed. */
  readonly bytes: number;
}

/** Decoded states as of the last commit of this claim, bounded by their encoded size. */
export interface StateCache<S> {
  get(id: string): CachedEntity<S> | undefined;
  put(id: string, entity: CachedEntity<S>): void;
  forget(id: string): void;
  readonly size: number;
}

/** A decoded state takes several times its encoded size; the bound is meant for the memory it really takes. */
const MEMORY_PER_ENCODED_BYTE = 6;
const MEMORY_PER_ENTITY = 600;

export function createStateCache<S>(maxBytes: number): StateCache<S> {
  const entries = new LRUCache<string, CachedEntity<S>>({
    maxSize: maxBytes,
    sizeCalculation: (entity) => MEMORY_PER_ENTITY + entity.bytes * MEMORY_PER_ENCODED_BYTE,
  });
  return {
    get: (id) => entries.get(id),
    put: (id, entity) => void entries.set(id, entity),
    forget: (id) => void entries.delete(id),
    get size() {
      return entries.size;
    },
  };
}
