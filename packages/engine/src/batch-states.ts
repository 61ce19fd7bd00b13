import type { DueEntity, Work } from './batch.ts';
import { type Entity, indexDue, rewind } from './entity.ts';
import { createEntityTable, type EntityTable } from './entity-table.ts';
import { NOWHERE } from './place-table.ts';
import type { LogRecord } from './ports/log.ts';
import type { ShardSession, StoreFailure } from './ports/store.ts';
import type { StateCache } from './state-cache.ts';
import type { Rules } from './topology.ts';

/** Everybody a batch touches, as committed. */
export interface LoadedBatch<S> {
  readonly kind: 'loaded';
  readonly entities: EntityTable<S>;
  /** Whom each record is about; undefined for a record that tells no entity anything. */
  readonly ofRecords: readonly (Entity<S> | undefined)[];
  /** Whose id each record's key is, as far as they were read ahead by it. */
  readonly ofKeys: readonly (Entity<S> | undefined)[];
  /** Stored, but not to be read by this release: never to be taken for new, nor written over. */
  readonly unreadable: ReadonlyMap<string, Error>;
}

/** The states of one batch at a time, from the cache or from the store on the connection that commits. */
export interface BatchStates<S, E> {
  /**
   * Asks the store for whom the records' keys and the timers name, before anything is decoded: while the store is asked
   * records wait as they were fetched. Whom no key names is asked for by `load`.
   */
  readAhead(records: readonly LogRecord[], dues: readonly DueEntity[]): Promise<StoreFailure | undefined>;
  /** Once more after a fold that threw: every state is made anew from what the store has. */
  load(work: Work<E>): Promise<LoadedBatch<S> | StoreFailure>;
  /** The batch is over. */
  forget(): void;
}

export interface BatchStatesDeps<S, E> {
  /** Those in force. */
  rules(): Rules<S, E>;
  readonly session: Pick<ShardSession, 'read'>;
  cache(): StateCache;
  /** The index of timers is judged by the rules in force to its end. */
  isIndexCertain(): boolean;
  /** The store has answered: from here to the commit nobody else runs. */
  answered(): void;
}

/** A longer key is no customer's, or its record will be set aside: nothing is asked for it ahead, bytes. */
const LONGEST_KEY = 256;

export function createBatchStates<S, E>(deps: BatchStatesDeps<S, E>): BatchStates<S, E> {
  const { session } = deps;
  const entities = createEntityTable<S>();
  let ofKeys: (Entity<S> | undefined)[] = [];
  let missing: Entity<S>[] = [];
  let needed: Entity<S>[] = [];

  const find = (id: string): Entity<S> => {
    const entity = entities.find(id);
    if (entity.isSought) return entity;
    entity.isSought = true;
    entity.place = deps.cache().find(id, entity.hash);
    if (entity.place === NOWHERE) missing.push(entity);
    return entity;
  };

  const ofKey = ({ key }: LogRecord): Entity<S> | undefined =>
    key && key.length > 0 && key.length <= LONGEST_KEY ? find(key.toString('utf8')) : undefined;

  const ofRecord = ({ decoded }: Work<E>['records'][number], i: number): Entity<S> | undefined => {
    if (decoded.kind !== 'event') return undefined;
    const known = ofKeys[i];
    return need(known?.id === decoded.entityId ? known : find(decoded.entityId));
  };

  const need = (entity: Entity<S>): Entity<S> => {
    if (!entity.isNeeded) {
      entity.isNeeded = true;
      needed.push(entity);
    }
    return entity;
  };

  const readMissing = async (): Promise<StoreFailure | undefined> => {
    if (missing.length === 0) return undefined;
    const asked = missing;
    missing = [];
    const answer = await session.read(asked.map(({ id }) => id));
    deps.answered();
    if (answer.kind !== 'ok') return answer;
    for (let i = 0; i < asked.length; i += 1) (asked[i] as Entity<S>).stored = answer.states[i] ?? undefined;
    return undefined;
  };

  /** Decoded states take much room: none is made before all can be folded at once. */
  const decode = (entity: Entity<S>, rules: Rules<S, E>, cache: StateCache, isIndexCertain: boolean) => {
    if (entity.place !== NOWHERE) entity.stored ??= cache.bytesAt(entity.place);
    rewind(entity);
    if (!entity.stored) return;
    entity.state = rules.read(entity.id, entity.stored);
    const dueMs = entity.place === NOWHERE ? undefined : cache.dueAt(entity.place);
    entity.indexedDueMs = dueMs ?? indexDue(rules.due(entity.state));
    entity.isIndexUncertain = dueMs === undefined && !isIndexCertain;
  };

  const decodeAll = (): ReadonlyMap<string, Error> => {
    const unreadable = new Map<string, Error>();
    const [rules, cache, isIndexCertain] = [deps.rules(), deps.cache(), deps.isIndexCertain()];
    for (const entity of needed) {
      try {
        decode(entity, rules, cache, isIndexCertain);
      } catch (error) {
        entity.committed = undefined;
        unreadable.set(entity.id, error instanceof Error ? error : new Error(String(error)));
      }
    }
    return unreadable;
  };

  /** Emptied, not only let go: what waited for the store may have grown old. */
  const reset = () => {
    entities.clear();
    ofKeys.length = 0;
    needed.length = 0;
    ofKeys = [];
    missing = [];
    needed = [];
  };

  return {
    async readAhead(records, dues) {
      reset();
      ofKeys = records.map(ofKey);
      for (const { id } of dues) find(id);
      return readMissing();
    },
    async load(work) {
      for (const id of work.adoptions.keys()) need(find(id));
      for (const { id } of work.dues) need(find(id));
      const ofRecords = work.records.map(ofRecord);
      const failure = await readMissing();
      if (failure) return failure;
      const unreadable = decodeAll();
      for (const { id, dueMs } of work.dues) {
        const entity = entities.get(id);
        if (entity?.committed) entity.indexedDueMs = dueMs;
      }
      return { kind: 'loaded', entities, ofRecords, ofKeys, unreadable };
    },
    forget: reset,
  };
}
