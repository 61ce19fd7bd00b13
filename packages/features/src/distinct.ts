import { addToPacked, addToRegisters, estimate, mergePacked, REGISTERS, SKETCH_BYTES } from './hyperloglog.ts';
import { copyBytes } from './track-fold.ts';
import { readUnsigned, type Writer, writeUnsigned } from './varint.ts';

/**
 * The different values of a tile, as hashes of 32 bits: their number, then the hashes in order; or 0 and a sketch when
 * there are more than `MOST_EXACT`. Which of the two depends on the values only, so their order shows nowhere.
 */
export interface StoredContent {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

const HASH_BYTES = 4;
/** So many hashes take what a sketch takes. */
export const MOST_EXACT = SKETCH_BYTES / HASH_BYTES;
export const DISTINCT_BYTES = 1 + SKETCH_BYTES;

/** Writes the content with one hash more; `stored` is undefined for an empty tile. */
export function addDistinct(writer: Writer, stored: StoredContent | undefined, hash: number): void {
  if (stored === undefined) {
    writeUnsigned(writer, 1);
    writeHash(writer, hash);
    return;
  }
  const count = countOf(stored);
  const place = placeOf(stored, count, hash);
  if (place < count && hashAt(stored, place) === hash) {
    copyBytes(writer, stored.bytes, stored.from, stored.to);
    return;
  }
  if (count === 0 || count === MOST_EXACT) {
    addToSketch(writer, stored, hash);
    return;
  }
  const middle = stored.from + 1 + place * HASH_BYTES;
  writeUnsigned(writer, count + 1);
  copyBytes(writer, stored.bytes, stored.from + 1, middle);
  writeHash(writer, hash);
  copyBytes(writer, stored.bytes, middle, stored.to);
}

function writeHash(writer: Writer, hash: number): void {
  writer.at = writer.bytes.writeUInt32LE(hash, writer.at);
}

/** Counts the different values of several tiles. */
export interface DistinctUnion {
  clear(): void;
  add(stored: StoredContent): void;
  /** Exact unless one of the tiles is a sketch. */
  count(): number;
}

export function createDistinctUnion(): DistinctUnion {
  const merged = new Uint8Array(REGISTERS);
  // Hashes in order, and where they are merged with those of one tile more.
  let [hashes, spare] = [new Uint32Array(MOST_EXACT), new Uint32Array(2 * MOST_EXACT)];
  let [count, isSketch] = [0, false];
  return {
    clear() {
      if (isSketch) merged.fill(0);
      [count, isSketch] = [0, false];
    },
    add(stored) {
      const more = countOf(stored);
      if (more === 0) {
        isSketch = true;
        mergePacked(merged, stored.bytes, stored.from + 1);
        return;
      }
      if (spare.length < count + more) spare = new Uint32Array(2 * (count + more));
      count = mergeHashes(hashes, count, { stored, more }, spare);
      [hashes, spare] = [spare, hashes];
    },
    count() {
      if (!isSketch) return count;
      for (let place = 0; place < count; place += 1) addToRegisters(merged, hashes[place] as number);
      return estimate(merged);
    },
  };
}

/** Merges two lists of hashes in order into a third; answers how many different ones there are. */
function mergeHashes(
  left: Uint32Array,
  count: number,
  { stored, more }: { readonly stored: StoredContent; readonly more: number },
  into: Uint32Array,
): number {
  let [at, place, length] = [0, 0, 0];
  while (at < count || place < more) {
    const one = at < count ? (left[at] as number) : Number.POSITIVE_INFINITY;
    const other = place < more ? hashAt(stored, place) : Number.POSITIVE_INFINITY;
    into[length] = Math.min(one, other);
    length += 1;
    if (one <= other) at += 1;
    if (other <= one) place += 1;
  }
  return length;
}

/** How many different values one tile holds. */
export function distinctIn(stored: StoredContent): number {
  const union = createDistinctUnion();
  union.add(stored);
  return union.count();
}

function addToSketch(writer: Writer, stored: StoredContent, hash: number): void {
  const count = countOf(stored);
  writeUnsigned(writer, 0);
  const at = writer.at;
  writer.at += SKETCH_BYTES;
  if (count === 0) stored.bytes.copy(writer.bytes, at, stored.from + 1, stored.to);
  else writer.bytes.fill(0, at, writer.at);
  for (let place = 0; place < count; place += 1) addToPacked(writer.bytes, at, hashAt(stored, place));
  addToPacked(writer.bytes, at, hash);
}

/** 0 for a sketch. @throws RangeError when the bytes are of neither kind */
function countOf({ bytes, from, to }: StoredContent): number {
  const reader = { bytes, at: from };
  const count = readUnsigned(reader);
  if (to - reader.at !== (count === 0 ? SKETCH_BYTES : count * HASH_BYTES)) {
    throw new RangeError('feature bytes hold different values of another length');
  }
  return count;
}

function hashAt({ bytes, from }: StoredContent, place: number): number {
  const at = from + 1 + place * HASH_BYTES;
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** Where the hash is, or would be put. */
function placeOf(stored: StoredContent, count: number, hash: number): number {
  let place = 0;
  while (place < count && hashAt(stored, place) < hash) place += 1;
  return place;
}
