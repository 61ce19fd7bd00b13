/** No place. */
export const NOWHERE = -1;

/**
 * Places by id in two arrays of numbers. A Map of texts makes garbage as it grows, keeps the texts alive, and deletes
 * slowly; what stands here the collector never sees. Open addressing, at most half full.
 */
export interface PlaceTable {
  /** `NOWHERE` when the id has none. `hash` is always `hashOf(id)`. */
  find(id: string, hash: number): number;
  /** In the stead of the id's place before, if it had one. */
  put(id: string, hash: number, place: number): void;
  /** The id at this place has none any more. Does nothing when it got another one meanwhile. */
  remove(place: number, hash: number): void;
  clear(): void;
}

const FIRST_SLOTS = 64;

/** `isAt` says whether it is this id that has the place. */
export function createPlaceTable(isAt: (place: number, id: string) => boolean): PlaceTable {
  let places = new Int32Array(FIRST_SLOTS).fill(NOWHERE);
  let hashes = new Int32Array(FIRST_SLOTS);
  let mask = FIRST_SLOTS - 1;
  let count = 0;

  /** The id's slot, or the free one where it would stand. */
  const slotOf = (id: string, hash: number): number => {
    let slot = hash & mask;
    for (let place = places[slot]; place !== NOWHERE; place = places[slot]) {
      if (hashes[slot] === hash && isAt(place as number, id)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };

  const grow = () => {
    const [oldPlaces, oldHashes] = [places, hashes];
    const slots = oldPlaces.length * 2;
    places = new Int32Array(slots).fill(NOWHERE);
    hashes = new Int32Array(slots);
    mask = slots - 1;
    for (const [i, place] of oldPlaces.entries()) {
      if (place === NOWHERE) continue;
      const hash = oldHashes[i] as number;
      let slot = hash & mask;
      while (places[slot] !== NOWHERE) slot = (slot + 1) & mask;
      places[slot] = place;
      hashes[slot] = hash;
    }
  };

  /** Those behind the gap that would no longer be found move up. */
  const close = (gap: number) => {
    let free = gap;
    for (let slot = (gap + 1) & mask; places[slot] !== NOWHERE; slot = (slot + 1) & mask) {
      const home = (hashes[slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      places[free] = places[slot] as number;
      hashes[free] = hashes[slot] as number;
      free = slot;
    }
    places[free] = NOWHERE;
  };

  return {
    find: (id, hash) => places[slotOf(id, hash)] as number,
    put(id, hash, place) {
      const slot = slotOf(id, hash);
      if (places[slot] === NOWHERE) count += 1;
      places[slot] = place;
      hashes[slot] = hash;
      if (count * 2 > places.length) grow();
    },
    remove(place, hash) {
      for (let slot = hash & mask; places[slot] !== NOWHERE; slot = (slot + 1) & mask) {
        if (places[slot] !== place) continue;
        count -= 1;
        return close(slot);
      }
    },
    clear() {
      if (count > 0) places.fill(NOWHERE);
      count = 0;
    },
  };
}

/** FNV-1a over the code units, mixed once more, since only the lowest bits choose a slot. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ (hash >>> 13);
}
