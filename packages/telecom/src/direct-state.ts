import type { FeatureSet } from '@holdfast/features';
import {
  type ByteReader,
  type ByteWriter,
  readBlock,
  readLength,
  readLong,
  readText,
  writeBytes,
  writeLong,
  writeText,
} from './avro-bytes.ts';
import type { CustomerState, Dealings, Extra, Facts, LastSeen, StoredBytes } from './customer-state.ts';
import { copyHashes, hashBytes, type RecentTile, recentTile } from './recent-events.ts';
import { type SectionCodec, sectionIn } from './section.ts';

/** How the sections of a state are written. */
export interface SectionCodecs {
  readonly facts: SectionCodec<Facts>;
  readonly dealings: SectionCodec<Dealings>;
}

/** What a number or a length takes at most. */
const NUMBER_BYTES = 9;
/** Everything of a state that is not counted one by one. */
const REST_BYTES = 16 * NUMBER_BYTES;

/**
 * The record `CustomerState` of layouts 1 and 2 read and written by hand, byte for byte as Avro has it: this is done once per
 * event, and a general codec takes five times as long.
 * @throws RangeError when the bytes are not of that record
 */
export function readState(customerId: string, bytes: Buffer, codecs: SectionCodecs): CustomerState {
  const reader: ByteReader = { bytes, at: 1 };
  const lastEventAt = readLong(reader);
  const lastSeen = readLastSeen(reader);
  const floorMs = readLong(reader);
  const tiles = readTiles(reader);
  const features = readPlace(reader);
  const facts = readSection(reader, codecs.facts);
  const dealings = readSection(reader, codecs.dealings);
  const extras = readExtras(reader);
  if (reader.at !== bytes.length) throw new RangeError('bytes are left behind the state');
  const recent = { tiles, floorMs };
  return {
    customerId,
    lastEventAt,
    lastSeen,
    recent,
    features,
    slots: undefined,
    glance: undefined,
    facts,
    dealings,
    extras,
  };
}

// Arrays are made as long as their first block, mostly their only one: one that grows from nothing has room for 17.

function readLastSeen(reader: ByteReader): LastSeen[] {
  let place = 0;
  let count = readBlock(reader);
  const lastSeen = new Array<LastSeen>(count);
  for (; count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) {
      const type = readText(reader);
      const at = readLong(reader);
      lastSeen[place++] = { type, at, source: readText(reader) };
    }
  }
  return lastSeen;
}

function readTiles(reader: ByteReader): RecentTile[] {
  let place = 0;
  let count = readBlock(reader);
  const tiles = new Array<RecentTile>(count);
  for (; count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) {
      const tile = readLong(reader);
      const length = readLength(reader);
      tiles[place++] = recentTile(tile, reader.bytes, reader.at, reader.at + length);
      reader.at += length;
    }
  }
  return tiles;
}

function readExtras(reader: ByteReader): Extra[] {
  const extras: Extra[] = [];
  for (let count = readBlock(reader); count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) {
      const tag = readLong(reader);
      const { bytes, from, to } = readPlace(reader);
      extras.push({ tag, value: bytes.subarray(from, to) });
    }
  }
  return extras;
}

/** Where bytes lie: a view of them would cost more than all the rest of the reading. */
function readPlace(reader: ByteReader): StoredBytes {
  const length = readLength(reader);
  const from = reader.at;
  reader.at += length;
  return { bytes: reader.bytes, from, to: reader.at };
}

function readSection<T>(reader: ByteReader, codec: SectionCodec<T>) {
  const length = readLength(reader);
  const from = reader.at;
  reader.at += length;
  return sectionIn(codec, reader.bytes, from, reader.at);
}

/**
 * States are written one behind the other into memory that is made once for many: those of a batch live and die
 * together. One that is too large for that gets its own.
 */
const SLAB_BYTES = 512 * 1024;
const MOST_IN_SLAB = SLAB_BYTES / 8;
const slab: ByteWriter = { bytes: Buffer.allocUnsafeSlow(SLAB_BYTES), at: 0 };

/** The layout's number, then the record. */
export function writeState(state: CustomerState, number: number, features: FeatureSet, codecs: SectionCodecs): Buffer {
  const facts = state.facts.written(codecs.facts);
  const dealings = state.dealings.written(codecs.dealings);
  const most = mostBytes(state) + features.maxBytes + (facts.to - facts.from) + (dealings.to - dealings.from);
  const writer = most > MOST_IN_SLAB ? { bytes: Buffer.allocUnsafeSlow(most), at: 0 } : slabFor(most);
  const from = writer.at;
  writer.bytes[from] = number;
  writer.at = from + 1;
  writeLong(writer, state.lastEventAt);
  writeLastSeen(writer, state.lastSeen);
  writeLong(writer, state.recent.floorMs);
  writeTiles(writer, state.recent.tiles);
  writeFeatures(writer, state, features);
  writeBytes(writer, facts.bytes, facts.from, facts.to);
  writeBytes(writer, dealings.bytes, dealings.from, dealings.to);
  writeExtras(writer, state.extras);
  const written = writer.bytes.subarray(from, writer.at);
  // Only its own bytes are kept of what was made for the most there could be.
  return writer === slab ? written : Buffer.from(written);
}

function slabFor(most: number): ByteWriter {
  if (slab.at + most > SLAB_BYTES) {
    slab.bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
    slab.at = 0;
  }
  return slab;
}

function mostBytes({ lastSeen, recent, extras, features }: CustomerState): number {
  let most = REST_BYTES + features.to - features.from;
  // A UTF-16 unit takes at most three bytes.
  for (const { type, source } of lastSeen) most += 3 * (type.length + source.length) + 3 * NUMBER_BYTES;
  for (const tile of recent.tiles) most += hashBytes(tile) + 2 * NUMBER_BYTES;
  for (const { value } of extras) most += value.length + 2 * NUMBER_BYTES;
  return most;
}

function writeLastSeen(writer: ByteWriter, lastSeen: readonly LastSeen[]): void {
  if (lastSeen.length > 0) writeLong(writer, lastSeen.length);
  for (const { type, at, source } of lastSeen) {
    writeText(writer, type);
    writeLong(writer, at);
    writeText(writer, source);
  }
  writeLong(writer, 0);
}

function writeTiles(writer: ByteWriter, tiles: readonly RecentTile[]): void {
  if (tiles.length > 0) writeLong(writer, tiles.length);
  for (const tile of tiles) {
    writeLong(writer, tile.tile);
    writeLong(writer, hashBytes(tile));
    writer.at = copyHashes(tile, writer.bytes, writer.at);
  }
  writeLong(writer, 0);
}

function writeExtras(writer: ByteWriter, extras: readonly Extra[]): void {
  if (extras.length > 0) writeLong(writer, extras.length);
  for (const { tag, value } of extras) {
    writeLong(writer, tag);
    writeBytes(writer, value, 0, value.length);
  }
  writeLong(writer, 0);
}

/** Most features take so many bytes that their length takes two: room is left for it before it is known. */
const USUAL_LENGTH_BYTES = 2;

function writeFeatures(writer: ByteWriter, { slots, features: stored }: CustomerState, features: FeatureSet): void {
  if (slots === undefined) {
    writeBytes(writer, stored.bytes, stored.from, stored.to);
    return;
  }
  const from = writer.at + USUAL_LENGTH_BYTES;
  const to = features.write(slots, writer.bytes, from);
  writeLong(writer, to - from);
  if (writer.at < from) writer.bytes.copyWithin(writer.at, from, to);
  // The length has run over the first bytes: they are written again behind it.
  if (writer.at > from) features.write(slots, writer.bytes, writer.at);
  writer.at += to - from;
}
