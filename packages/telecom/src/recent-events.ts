/** Identities of the events folded lately, to notice a producer's duplicates. Sorted: the same events give the same bytes. */
export interface RecentEvents {
  /** Oldest first. */
  tiles: RecentTile[];
  /** Event times below this can no longer be checked, ms. */
  floorMs: number;
}

export interface RecentTile {
  /** Number of the tile of `TILE_MS`. */
  tile: number;
  /** 8 bytes per event, ascending. */
  hashes: Buffer;
}

export interface RecentLimits {
  readonly horizonMs: number;
  readonly maxEvents: number;
}

export type Seen = 'new' | 'duplicate' | 'unverifiable';

const TILE_MS = 12 * 3_600_000;
const HASH_BYTES = 8;

export function noRecentEvents(): RecentEvents {
  return { tiles: [], floorMs: 0 };
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
  const seen = insert(tileOf(recent, Math.floor(event.occurredAt / TILE_MS)), event);
  if (seen === 'new') forgetBeyond(recent, limits.maxEvents);
  return seen;
}

/** Whole tiles go, so that what is left can be checked completely. */
function forgetBefore(recent: RecentEvents, ms: number): void {
  const first = Math.floor(ms / TILE_MS);
  while (recent.tiles[0] && recent.tiles[0].tile < first) recent.tiles.shift();
  recent.floorMs = Math.max(recent.floorMs, first * TILE_MS, 0);
}

function forgetBeyond(recent: RecentEvents, maxEvents: number): void {
  let count = 0;
  for (const tile of recent.tiles) count += tile.hashes.length / HASH_BYTES;
  // The newest tile stays, cut: a burst within one tile loses the memory of its smallest hashes.
  while (count > maxEvents && recent.tiles.length > 1) {
    const oldest = recent.tiles.shift();
    count -= (oldest?.hashes.length ?? 0) / HASH_BYTES;
    recent.floorMs = Math.max(recent.floorMs, ((oldest?.tile ?? 0) + 1) * TILE_MS);
  }
  const last = recent.tiles[0];
  if (count > maxEvents && last) last.hashes = last.hashes.subarray((count - maxEvents) * HASH_BYTES);
}

function tileOf(recent: RecentEvents, number: number): RecentTile {
  const { tiles } = recent;
  let at = tiles.length;
  while (at > 0 && (tiles[at - 1]?.tile ?? 0) > number) at--;
  const known = tiles[at - 1];
  if (known?.tile === number) return known;
  const tile = { tile: number, hashes: Buffer.alloc(0) };
  tiles.splice(at, 0, tile);
  return tile;
}

function insert(tile: RecentTile, event: { readonly source: string; readonly eventId: string }): Seen {
  const [high, low] = hash64(event.source, event.eventId);
  const { hashes } = tile;
  let at = 0;
  for (; at < hashes.length; at += HASH_BYTES) {
    const otherHigh = hashes.readUInt32BE(at);
    if (otherHigh < high) continue;
    const otherLow = hashes.readUInt32BE(at + 4);
    if (otherHigh === high && otherLow === low) return 'duplicate';
    if (otherHigh > high || otherLow > low) break;
  }
  const grown = Buffer.allocUnsafe(hashes.length + HASH_BYTES);
  hashes.copy(grown, 0, 0, at);
  grown.writeUInt32BE(high, at);
  grown.writeUInt32BE(low, at + 4);
  hashes.copy(grown, at + HASH_BYTES, at);
  tile.hashes = grown;
  return 'new';
}

/** Two multiplicative lanes with a final mix: it meets accidents, not attackers, who could only lose their own events. */
function hash64(source: string, eventId: string): readonly [number, number] {
  let a = 0x9e3779b9;
  let b = 0x7f4a7c15;
  for (let i = 0; i < source.length; i++) {
    const unit = source.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
  }
  a = Math.imul(a ^ 0x10000, 0x01000193);
  b = Math.imul(b ^ 0x10000, 0x5bd1e995);
  for (let i = 0; i < eventId.length; i++) {
    const unit = eventId.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995) ^ (b >>> 15);
  }
  return [mixed(a ^ (b >>> 7)), mixed(b)];
}

function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
