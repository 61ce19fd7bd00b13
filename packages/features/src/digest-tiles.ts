import { addDated } from './dated-value.ts';
import { addDistinct, type StoredContent } from './distinct.ts';
import type { Digest } from './plan.ts';
import { beginSection, endSection, LENGTH_BYTES, sectionEnd } from './sections.ts';
import { copyBytes, type Stored } from './track-fold.ts';
import { type Reader, readSigned, readUnsigned, type Writer, writeSigned, writeUnsigned } from './varint.ts';

/**
 * How a digest is stored: nothing while it is empty; else its tiles, newest first. A tile is its number (the distance to
 * the one before it, where there is one), two bytes of length, and its content.
 */
export interface DigestTile extends StoredContent {
  readonly tile: number;
}

/** Tiles that a set no longer known may have kept. */
const MOST_TILES = 4_096;

/** Reads `[reader.at, end)`. @throws RangeError when the bytes are not of this layout */
export function readDigest(reader: Reader, end: number): readonly DigestTile[] {
  const tiles: DigestTile[] = [];
  let tile = 0;
  while (reader.at < end) {
    if (tiles.length === MOST_TILES) throw new RangeError('feature bytes hold more tiles than a digest keeps');
    tile = tiles.length === 0 ? readSigned(reader) : tile - readUnsigned(reader);
    const to = sectionEnd(reader.bytes, reader.at);
    tiles.push({ tile, bytes: reader.bytes, from: reader.at + LENGTH_BYTES, to });
    reader.at = to;
  }
  if (reader.at !== end) throw new RangeError('feature bytes end too early');
  return tiles;
}

/** The tiles that stay beside the newest of them; of those without a width as many as there is room for. */
export function keptTiles<T extends { readonly tile: number }>(digest: Digest, tiles: readonly T[]): readonly T[] {
  const newest = tiles[0]?.tile ?? 0;
  if (digest.kind !== 'sliding') return tiles.slice(0, digest.capacity);
  return tiles.filter(({ tile }) => tile > newest - digest.capacity);
}

export function writeDigest(writer: Writer, tiles: readonly DigestTile[]): void {
  for (const [index, one] of tiles.entries()) {
    beginTile(writer, one.tile, tiles[index - 1]?.tile);
    const at = beginSection(writer);
    copyBytes(writer, one.bytes, one.from, one.to);
    endSection(writer, at);
  }
}

export interface DigestEvent {
  readonly tile: number;
  readonly atMs: number;
  /** Value in steps, or hash. */
  readonly amount: number;
}

/**
 * Writes the digest anew with one event more. Most events fall into the newest tile: then only that is opened. Answers false
 * when the tile is too old.
 */
export function foldDigest(digest: Digest, event: DigestEvent, stored: Stored, writer: Writer): boolean {
  const from = stored.at;
  if (from < stored.end && readSigned(stored) === event.tile) {
    foldNewest(digest, event, stored, writer);
    return true;
  }
  stored.at = from;
  return foldTiles(digest, event, stored, writer);
}

function foldNewest(digest: Digest, event: DigestEvent, { bytes, at, end }: Stored, writer: Writer): void {
  const to = sectionEnd(bytes, at);
  beginTile(writer, event.tile, undefined);
  const section = beginSection(writer);
  addTo(digest, event, { bytes, from: at + LENGTH_BYTES, to }, writer);
  endSection(writer, section);
  copyBytes(writer, bytes, to, end);
}

function foldTiles(digest: Digest, event: DigestEvent, stored: Stored, writer: Writer): boolean {
  const tiles = readDigest({ bytes: stored.bytes, at: stored.at }, stored.end);
  const known = tiles.find(({ tile }) => tile === event.tile);
  const others = tiles.filter((one) => one !== known);
  const sorted = [...others, { tile: event.tile }].sort((left, right) => right.tile - left.tile);
  const kept = keptTiles(digest, sorted);
  for (const [index, one] of kept.entries()) {
    beginTile(writer, one.tile, kept[index - 1]?.tile);
    const at = beginSection(writer);
    if (isStored(one)) copyBytes(writer, one.bytes, one.from, one.to);
    else addTo(digest, event, known, writer);
    endSection(writer, at);
  }
  return kept.some(({ tile }) => tile === event.tile);
}

function isStored(tile: DigestTile | { readonly tile: number }): tile is DigestTile {
  return 'bytes' in tile;
}

function addTo({ content }: Digest, event: DigestEvent, known: StoredContent | undefined, writer: Writer): void {
  if (content === 'distinct') addDistinct(writer, known, event.amount);
  else addDated(writer, known, { which: content, atMs: event.atMs, value: event.amount });
}

function beginTile(writer: Writer, tile: number, before: number | undefined): void {
  if (before === undefined) writeSigned(writer, tile);
  else writeUnsigned(writer, before - tile);
}
