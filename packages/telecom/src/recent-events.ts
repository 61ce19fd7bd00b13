import { copyBytes } from './avro-bytes.ts';
import { createSourceHash, type IdentityHash } from './identity-hash.ts';

/** Identities of the events folded lately, to notice a producer's duplicates. Sorted: the same events give the same bytes. */
export interface RecentEvents {
  /** Oldest first. */
  tiles: RecentTile[];
  /** Event times below this can no longer be checked, ms. */
  floorMs: number;
}

/**
 * 8 bytes per event, ascending: those in `[from, to)` of `bytes`, and one that came since. Most states are read for one
 * event, so what was stored is copied once, when the state is written, and not for every event.
 */
export interface RecentTile {
  /** Number of the tile of `TILE_MS`. */
  readonly tile: number;
  bytes: Buffer;
  from: number;
  to: number;
  /** Before which byte the hash that came since belongs; negative when there is none. */
  addedAt: number;
  /** Its halves, as signed integers: larger numbers would take memory of their own. */
  addedHigh: number;
  addedLow: number;
}

export interface RecentLimits {
  readonly horizonMs: number;
  readonly maxEvents: number;
}

/** `crowded`: new, and told from so many of its time that a repetition of some of them can no longer be noticed. */
export type Seen = 'new' | 'crowded' | 'duplicate' | 'unverifiable';

const TILE_MS = 12 * 3_600_000;
const HASH_BYTES = 8;
const NO_HASHES = Buffer.alloc(0);

export function noRecentEvents(): RecentEvents {
  return { tiles: [], floorMs: 0 };
}

/** A tile with the hashes in `[from, to)`. */
export function recentTile(tile: number, bytes: Buffer, from: number, to: number): RecentTile {
  return { tile, bytes, from, to, addedAt: -1, addedHigh: 0, addedLow: 0 };
}

/** Bytes of all hashes of a tile. */
export function hashBytes({ from, to, addedAt }: RecentTile): number {
  return addedAt < 0 ? to - from : to - from + HASH_BYTES;
}

/** Writes the hashes at `at`; answers where they end. */
export function copyHashes(tile: RecentTile, target: Buffer, at: number): number {
  const { bytes, from, to, addedAt } = tile;
  if (addedAt < 0) return copyBytes(bytes, from, to, target, at);
  const middle = copyBytes(bytes, from, addedAt, target, at);
  writeWord(target, middle, tile.addedHigh);
  writeWord(target, middle + 4, tile.addedLow);
  return copyBytes(bytes, addedAt, to, target, middle + HASH_BYTES);
}

/**
 * Remembers an event and answers whether it was there before. Events older than the horizon behind `latestMs`, or than
 * what the bound has pushed out, are `unverifiable`: they may be new or not.
 */
export function remember(
  recent: RecentEvents,
  event: { readonly source: string; readonly eventId: string; readonly occurredAt: number },
  latestMs: number,
  limits: RecentLimits,
): Seen {
  forgetBefore(recent, latestMs - limits.horizonMs);
  if (event.occurredAt < recent.floorMs) return 'unverifiable';
  hashOf(event.source, event.eventId, HASH);
  const tile = tileOf(recent, Math.floor(event.occurredAt / TILE_MS));
  if (!insert(tile, HASH)) return 'duplicate';
  return forgetBeyond(recent, limits.maxEvents) ? 'crowded' : 'new';
}

const hashOf = createSourceHash();
/** Filled and read within one call. */
const HASH: IdentityHash = { high: 0, low: 0 };

/** Whole tiles go, so that what is left can be checked completely. */
function forgetBefore(recent: RecentEvents, ms: number): void {
  const first = Math.floor(ms / TILE_MS);
  while (recent.tiles[0] && recent.tiles[0].tile < first) recent.tiles.shift();
  const floorMs = first * TILE_MS;
  if (floorMs > recent.floorMs) recent.floorMs = floorMs;
}

/** Answers whether events were forgotten that are not older than what can be checked. */
function forgetBeyond(recent: RecentEvents, maxEvents: number): boolean {
  let count = 0;
  for (const tile of recent.tiles) count += hashBytes(tile) / HASH_BYTES;
  // The newest tile stays, cut: a burst within one tile loses the memory of its smallest hashes.
  while (count > maxEvents && recent.tiles.length > 1) {
    const oldest = recent.tiles.shift();
    if (!oldest) break;
    count -= hashBytes(oldest) / HASH_BYTES;
    recent.floorMs = Math.max(recent.floorMs, (oldest.tile + 1) * TILE_MS);
  }
  const last = recent.tiles[0];
  if (count <= maxEvents || !last) return false;
  settle(last);
  last.from += (count - maxEvents) * HASH_BYTES;
  return true;
}

function tileOf(recent: RecentEvents, number: number): RecentTile {
  const { tiles } = recent;
  let at = tiles.length;
  while (at > 0 && (tiles[at - 1]?.tile ?? 0) > number) at--;
  const known = tiles[at - 1];
  if (known?.tile === number) return known;
  const tile = recentTile(number, NO_HASHES, 0, 0);
  if (at === tiles.length) tiles.push(tile);
  else tiles.splice(at, 0, tile);
  return tile;
}

/** Answers false when the hash was there. */
function insert(tile: RecentTile, { high, low }: IdentityHash): boolean {
  settle(tile);
  const { bytes } = tile;
  let { from, to } = tile;
  // Those before `from` are smaller, those from `to` on are larger.
  while (from < to) {
    const middle = from + ((to - from) >> 4) * HASH_BYTES;
    const otherHigh = wordAt(bytes, middle);
    const otherLow = otherHigh === high ? wordAt(bytes, middle + 4) : 0;
    if (otherHigh === high && otherLow === low) return false;
    if (otherHigh < high || (otherHigh === high && otherLow < low)) from = middle + HASH_BYTES;
    else to = middle;
  }
  tile.addedAt = from;
  tile.addedHigh = high | 0;
  tile.addedLow = low | 0;
  return true;
}

/** Puts the hash that came since among the others. */
function settle(tile: RecentTile): void {
  if (tile.addedAt < 0) return;
  const grown = Buffer.allocUnsafe(hashBytes(tile));
  copyHashes(tile, grown, 0);
  tile.bytes = grown;
  tile.from = 0;
  tile.to = grown.length;
  tile.addedAt = -1;
}

function wordAt(bytes: Buffer, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (((bytes[at] ?? 0) << 24) | low) >>> 0;
}

function writeWord(bytes: Buffer, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
