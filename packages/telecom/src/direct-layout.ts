import { avroSection, type LayoutSchemas } from './avro-layout.ts';
import { type Dealings, type Facts, noDealings } from './customer-state.ts';
import { readDealings, readFacts, readFactsOf1 } from './direct-sections.ts';
import { readState, type SectionCodecs, writeState } from './direct-state.ts';
import { type GlanceCodec, glanceAtStored } from './facts-glance.ts';
import type { StateLayout } from './layout.ts';
import type { SectionCodec } from './section.ts';

/**
 * The layout that the release itself speaks, with the same bytes as `createAvroLayout` of these schemas: the state is
 * read and written by hand, its sections read by hand and written by Avro. Only for the schemas of layout 2.
 */
export function createDirectLayout(number: number, schemas: LayoutSchemas): StateLayout {
  return layoutWith(number, {
    facts: { ...avroSection<Facts>(schemas.facts, schemas.facts), decode: readFacts },
    dealings: { ...avroSection<Dealings>(schemas.dealings, schemas.dealings), decode: readDealings },
  });
}

/** What a layout has no words for, said in its own or left out. */
export interface Kept {
  facts(facts: Facts): Facts;
  dealings(dealings: Dealings): Dealings;
}

/**
 * Layout 1: its dealings are resolved into `present`, the rest is read by hand. `kept` says in the words of the layout what
 * it has none for.
 */
export function createEarlierLayout(
  number: number,
  schemas: LayoutSchemas,
  { present, kept }: { readonly present: LayoutSchemas; readonly kept: Kept },
): StateLayout {
  const facts = avroSection<Facts>(schemas.facts, schemas.facts);
  const dealings = avroSection<Dealings>(schemas.dealings, present.dealings);
  return layoutWith(number, {
    facts: { decode: readFactsOf1, encode: (value) => facts.encode(kept.facts(value)) },
    dealings: { ...dealings, encode: (value) => dealings.encode(kept.dealings(value)) },
  });
}

/** Facts of every layout begin alike, so that they are glanced at alike. */
function layoutWith(number: number, stored: SectionCodecs): StateLayout {
  const facts: SectionCodec<Facts> & GlanceCodec = { ...stored.facts, glance: glanceAtStored };
  const codecs = { facts, dealings: emptyAtOnce(stored.dealings, noDealings) };
  return {
    number,
    encode: (state, features) => writeState(state, number, features, codecs),
    decode: (customerId, bytes) => readState(customerId, bytes, codecs),
  };
}

/** Most customers were never dealt with: empty arrays, which all of them share until one is changed. */
function emptyAtOnce<T>(codec: SectionCodec<T>, nothing: () => T): SectionCodec<T> {
  const empty = codec.encode(nothing());
  const shared = nothing();
  for (const part of Object.values(shared as object)) Object.freeze(part);
  return {
    ...codec,
    decode: (bytes, from, to) => (isEqual(empty, bytes, from, to) ? nothing() : codec.decode(bytes, from, to)),
    nothing: (bytes, from, to) => (isEqual(empty, bytes, from, to) ? shared : undefined),
  };
}

/** A loop over a few bytes: a view of them would cost more than comparing. */
function isEqual(expected: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== expected.length) return false;
  for (let index = 0; index < expected.length; index += 1) if (bytes[from + index] !== expected[index]) return false;
  return true;
}
