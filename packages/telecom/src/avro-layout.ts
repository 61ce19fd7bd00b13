import type { FeatureSet } from '@holdfast/features';
import avro, { type Schema, type Type } from 'avsc';
import type { CustomerState, Dealings, Extra, Facts, LastSeen } from './customer-state.ts';
import type { StateLayout } from './layout.ts';
import { copyHashes, hashBytes, type RecentTile, recentTile } from './recent-events.ts';
import { type SectionCodec, storedSection, type Written } from './section.ts';

/** Writer schemas of a layout: the state, and the sections kept in it as bytes. */
export interface LayoutSchemas {
  readonly state: Schema;
  readonly facts: Schema;
  readonly dealings: Schema;
}

interface StoredState {
  readonly lastEventAt: number;
  readonly lastSeen: LastSeen[];
  readonly recentFloorMs: number;
  readonly recent: { readonly tile: number; readonly hashes: Buffer }[];
  readonly features: Buffer;
  readonly facts: Buffer;
  readonly dealings: Buffer;
  readonly extras: Extra[];
}

/** Reads into one shape what was written in another, by Avro's rules of resolution. */
type Resolved<T> = SectionCodec<T> & { readonly writer: Type };

/**
 * A layout whose states are Avro records. What was written in it is resolved into the schemas of the present release:
 * a field added since has its default, a field dropped since is skipped.
 * @throws Error when the present schemas cannot read this layout's
 */
export function createAvroLayout(number: number, schemas: LayoutSchemas, present: LayoutSchemas): StateLayout {
  const stored = resolved<StoredState>(schemas.state, present.state);
  const facts = resolved<Facts>(schemas.facts, present.facts);
  const dealings = resolved<Dealings>(schemas.dealings, present.dealings);
  return {
    number,
    encode: (state, features) => written(number, stored.writer, opened(state, { features, facts, dealings })),
    decode(customerId, bytes) {
      const { recent, recentFloorMs, features, ...read } = stored.decode(bytes, 1, bytes.length);
      return {
        ...read,
        customerId,
        recent: {
          tiles: recent.map(({ tile, hashes }) => recentTile(tile, hashes, 0, hashes.length)),
          floorMs: recentFloorMs,
        },
        features: { bytes: features, from: 0, to: features.length },
        slots: undefined,
        glance: undefined,
        facts: storedSection({ codec: facts, bytes: read.facts, from: 0, to: read.facts.length }),
        dealings: storedSection({ codec: dealings, bytes: read.dealings, from: 0, to: read.dealings.length }),
      };
    },
  };
}

/** A section written by one schema, read into another. */
export function avroSection<T>(writtenAs: Schema, readAs: Schema): SectionCodec<T> {
  const { decode, encode } = resolved<T>(writtenAs, readAs);
  return { decode, encode };
}

function resolved<T>(writtenAs: Schema, readAs: Schema): Resolved<T> {
  const writer = avro.Type.forSchema(writtenAs);
  const reader = writtenAs === readAs ? writer : avro.Type.forSchema(readAs);
  const resolver = reader === writer ? undefined : reader.createResolver(writer);
  return {
    writer,
    decode: (bytes, from, to) => reader.fromBuffer(bytes.subarray(from, to), resolver) as T,
    encode: (value) => writer.toBuffer(value),
  };
}

interface Codecs {
  readonly features: FeatureSet;
  readonly facts: SectionCodec<Facts>;
  readonly dealings: SectionCodec<Dealings>;
}

/** The state's own fields beside what is stored of the others: a later layout's fields are found here too. */
function opened(state: CustomerState, codecs: Codecs): StoredState {
  const { slots, recent } = state;
  return {
    ...state,
    recentFloorMs: recent.floorMs,
    recent: recent.tiles.map((tile) => ({ tile: tile.tile, hashes: hashesOf(tile) })),
    features: slots ? codecs.features.encode(slots) : bytesOf(state.features),
    facts: bytesOf(state.facts.written(codecs.facts)),
    dealings: bytesOf(state.dealings.written(codecs.dealings)),
  };
}

function hashesOf(tile: RecentTile): Buffer {
  const hashes = Buffer.allocUnsafe(hashBytes(tile));
  copyHashes(tile, hashes, 0);
  return hashes;
}

function bytesOf({ bytes, from, to }: Pick<Written<unknown>, 'bytes' | 'from' | 'to'>): Buffer {
  return bytes.subarray(from, to);
}

/** Every state is written here first, so that only its own bytes are allocated. Grows with the largest state. */
let scratch = Buffer.allocUnsafeSlow(8 * 1024);

/** The layout's number, then Avro. */
function written(number: number, type: Type, stored: StoredState): Buffer {
  let end = type.encode(stored, scratch, 1);
  if (end < 0) {
    // avsc answers minus the number of bytes that were missing.
    scratch = Buffer.allocUnsafeSlow(scratch.length - end);
    end = type.encode(stored, scratch, 1);
  }
  scratch[0] = number;
  return Buffer.from(scratch.subarray(0, end));
}
