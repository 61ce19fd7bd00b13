import { createPlaceTable, hashOf, NOWHERE } from './place-table.ts';

/** A state as the store has it. */
export interface CommittedState {
  readonly id: string;
  readonly hash: number;
  /** Undefined where there is none. */
  readonly committed: Buffer | undefined;
  /** Score of the entity in the timer index. */
  readonly indexedDueMs: number | undefined;
}

/** Encoded states as of the last commit of this claim, bounded by the memory they take. Places hold until the next `write`. */
export interface StateCache {
  /** `NOWHERE` for a state that is not here. */
  find(id: string, hash: number): number;
  /** The cache's own memory: only to be read, and only until the next `write`. */
  bytesAt(place: number): Buffer;
  dueAt(place: number): number | undefined;
  /** The states may lie in the cache. */
  write(states: readonly CommittedState[]): void;
  drop(id: string): void;
}

/**
 * A ring of slabs, written in the order of commits: what was committed longest ago goes first, a slab at a time. Every
 * entity touched is written again, so that is also who was touched longest ago. The collector sees the slabs and a few
 * arrays of numbers, nothing for each state. Decoded states take ten times their encoded size.
 */
interface Slab {
  readonly memory: Memory;
  readonly number: number;
  /** In units. */
  end: number;
}

/** One stretch of memory, read and written as what it holds. */
interface Memory {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly dues: Float64Array;
}

/** Entries begin at multiples of so many bytes: the due time, then words, then the id, a byte a character, and the state. */
const UNIT = 8;
const WORD = 4;
const HASH = 2;
const ID_LENGTH = 3;
const LENGTH = 4;
const HEAD_BYTES = 20;
const PLACE_BITS = 15;
const MAX_SLAB_UNITS = 1 << PLACE_BITS;
/** Numbers of slabs are used again long after the last of the same number is gone, so that places are small integers. */
const SLAB_NUMBERS = 1 << 12;

export function createStateCache(maxBytes: number): StateCache {
  const slabUnits = Math.min(MAX_SLAB_UNITS, Math.floor(maxBytes / 4 / UNIT));
  /** Less one: for the table of places, and for what leaves while it may still be read. */
  const most = Math.floor(maxBytes / (slabUnits * UNIT)) - 1;
  const slabs: Slab[] = [];
  const places = createPlaceTable((place, id) => isAt(place, id));
  let spare: Memory[] = [];
  /** Of slabs that went during this `write`: what is written may lie there. */
  let leaving: Memory[] = [];
  let written = 0;

  const memoryOf = (place: number): Memory => {
    const oldest = slabs[0]?.number ?? 0;
    return (slabs[((place >> PLACE_BITS) - oldest + SLAB_NUMBERS) % SLAB_NUMBERS] as Slab).memory;
  };
  const isAt = (place: number, id: string): boolean => {
    const { bytes, words } = memoryOf(place);
    const at = unitOf(place) * UNIT;
    if (words[at / WORD + ID_LENGTH] !== id.length) return false;
    const from = at + HEAD_BYTES;
    for (let i = 0; i < id.length; i++) if (bytes[from + i] !== id.charCodeAt(i)) return false;
    return true;
  };

  const evict = () => {
    const [slab] = slabs;
    if (!slab) return;
    const { words } = slab.memory;
    for (let unit = 0; unit < slab.end; ) {
      const at = (unit * UNIT) / WORD;
      places.remove((slab.number << PLACE_BITS) | unit, words[at + HASH] ?? 0);
      unit += unitsOf((words[at + ID_LENGTH] ?? 0) + (words[at + LENGTH] ?? 0));
    }
    slabs.shift();
    leaving.push(slab.memory);
  };
  const open = (): Slab => {
    while (slabs.length >= most) evict();
    const slab = { memory: spare.pop() ?? createMemory(slabUnits * UNIT), number: written++ % SLAB_NUMBERS, end: 0 };
    slabs.push(slab);
    return slab;
  };

  const put = (id: string, hash: number, bytes: Buffer, dueMs: number) => {
    const units = unitsOf(id.length + bytes.length);
    if (units > slabUnits || !isNarrow(id)) return drop(id, hash);
    let slab = slabs.at(-1);
    if (!slab || slab.end + units > slabUnits) slab = open();
    const { memory, end } = slab;
    const at = end * UNIT;
    memory.dues[end] = dueMs;
    memory.words[at / WORD + HASH] = hash;
    memory.words[at / WORD + ID_LENGTH] = id.length;
    memory.words[at / WORD + LENGTH] = bytes.length;
    const from = at + HEAD_BYTES;
    for (let i = 0; i < id.length; i++) memory.bytes[from + i] = id.charCodeAt(i);
    memory.bytes.set(bytes, from + id.length);
    slab.end += units;
    places.put(id, hash, (slab.number << PLACE_BITS) | end);
  };
  const drop = (id: string, hash: number) => {
    const place = places.find(id, hash);
    if (place !== NOWHERE) places.remove(place, hash);
  };

  return {
    find: places.find,
    bytesAt(place) {
      const { bytes, words } = memoryOf(place);
      const at = unitOf(place) * UNIT;
      const from = at + HEAD_BYTES + (words[at / WORD + ID_LENGTH] ?? 0);
      return bytes.subarray(from, from + (words[at / WORD + LENGTH] ?? 0));
    },
    dueAt(place) {
      const dueMs = memoryOf(place).dues[unitOf(place)] ?? Number.NaN;
      return Number.isNaN(dueMs) ? undefined : dueMs;
    },
    write(states) {
      for (const { id, hash, committed, indexedDueMs } of states) {
        if (committed) put(id, hash, committed, indexedDueMs ?? Number.NaN);
      }
      spare = leaving;
      leaving = [];
    },
    drop: (id) => drop(id, hashOf(id)),
  };
}

function createMemory(size: number): Memory {
  const bytes = Buffer.alloc(size);
  return {
    bytes,
    words: new Int32Array(bytes.buffer, bytes.byteOffset, size / WORD),
    dues: new Float64Array(bytes.buffer, bytes.byteOffset, size / UNIT),
  };
}

function unitOf(place: number): number {
  return place & (MAX_SLAB_UNITS - 1);
}

/** Units of an entry with so many bytes of id and state. */
function unitsOf(bytes: number): number {
  return Math.ceil((HEAD_BYTES + bytes) / UNIT);
}

/** An id with a character that takes more than a byte is read from the store each time. */
function isNarrow(id: string): boolean {
  for (let i = 0; i < id.length; i++) if (id.charCodeAt(i) > 0xff) return false;
  return true;
}
