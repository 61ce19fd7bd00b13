import { NOWHERE } from './place-table.ts';
import { FAR_FUTURE } from './ports/store.ts';
import type { Due } from './topology.ts';

/**
 * One entity of a batch: what the store has of it, then what the fold makes of it. One object, found once for each record:
 * tables by id for every stage would hash and compare the same id over and over.
 */
export interface Entity<S> {
  readonly id: string;
  readonly hash: number;
  /** As the store has it; undefined where there is none, or none that can be read. It may lie in the cache: only to be read. */
  stored: Buffer | undefined;
  /** Where the cache has it; `NOWHERE` when it has to be asked of the store. */
  place: number;
  /** Decoded from `stored`, or a new one; not to be looked at before the fold opened the entity. */
  state: S;
  /** What the store has of it once the batch is through, as far as it was folded. */
  committed: Buffer | undefined;
  /** Score of the entity in the timer index. */
  indexedDueMs: number | undefined;
  /** Score to be written; undefined where it stays. */
  newDueMs: number | undefined;
  /** Its score may be later than `indexedDueMs` says: the index was not judged by the rules in force yet. */
  isIndexUncertain: boolean;
  /** It was looked for in the cache, and is asked of the store where it is not there. */
  isSought: boolean;
  /** The batch is about it, not only a key of it. */
  isNeeded: boolean;
  isOpen: boolean;
  isDirty: boolean;
}

/** `hash` is that of the id. */
export function createEntity<S>(id: string, hash: number): Entity<S> {
  return {
    id,
    hash,
    stored: undefined,
    place: NOWHERE,
    state: undefined as S,
    committed: undefined,
    indexedDueMs: undefined,
    newDueMs: undefined,
    isIndexUncertain: false,
    isSought: false,
    isNeeded: false,
    isOpen: false,
    isDirty: false,
  };
}

/** What an attempt to fold made of it is forgotten. */
export function rewind<S>(entity: Entity<S>): void {
  entity.state = undefined as S;
  entity.committed = entity.stored;
  entity.indexedDueMs = undefined;
  entity.newDueMs = undefined;
  entity.isIndexUncertain = false;
  entity.isOpen = false;
  entity.isDirty = false;
}

/** Earliest time at which the entity wants a look, whatever the kind of timer. */
export function indexDue(due: Due): number {
  return Math.min(due.wallMs ?? FAR_FUTURE, due.eventTime?.dueMs ?? FAR_FUTURE);
}
