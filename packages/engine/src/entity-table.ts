import { createEntity, type Entity } from './entity.ts';
import { createPlaceTable, hashOf, NOWHERE } from './place-table.ts';

/** The entities of a batch, each there once. */
export interface EntityTable<S> {
  get(id: string): Entity<S> | undefined;
  /** A new one where there is none. */
  find(id: string): Entity<S>;
  clear(): void;
}

export function createEntityTable<S>(): EntityTable<S> {
  let all: Entity<S>[] = [];
  const places = createPlaceTable((place, id) => all[place]?.id === id);
  return {
    get: (id) => all[places.find(id, hashOf(id))],
    find(id) {
      const hash = hashOf(id);
      const place = places.find(id, hash);
      if (place !== NOWHERE) return all[place] as Entity<S>;
      const entity = createEntity<S>(id, hash);
      places.put(id, hash, all.length);
      all.push(entity);
      return entity;
    },
    clear() {
      // Emptied, not only let go: what waited for the store may have grown old.
      all.length = 0;
      all = [];
      places.clear();
    },
  };
}
