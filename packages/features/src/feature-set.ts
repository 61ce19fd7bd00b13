import { cover, isBefore, readCoverage, sinceOf, writeCoverage } from './coverage.ts';
import {
  describeSet,
  nameOfSet,
  readDescription,
  SET_ID_BYTES,
  type SetDescription,
  sectionsDescribed,
} from './dictionary.ts';
import { nextEdition } from './edition.ts';
import { createExplainer } from './explain.ts';
import { createLineView } from './line-view.ts';
import { wishesOf } from './measures.ts';
import type { BoundFeature, FeatureSet, FeatureSlots } from './model.ts';
import { sectionsOf } from './plan.ts';
import { planSet } from './planning.ts';
import { createReaders } from './readings.ts';
import { createRewriter } from './rewrite.ts';
import { emptySections, isWhole } from './sections.ts';
import { sizeOf } from './size.ts';
import { copyBytes } from './track-fold.ts';
import { translateSections } from './translate.ts';

/**
 * The features of a policy, compiled for folding.
 * @throws RangeError when a window is no multiple of its hop, two names are equal or two identities collide
 */
export function createFeatureSet(bound: readonly BoundFeature[]): FeatureSet {
  const plan = planSet(bound);
  const { features } = plan;
  const description = describeSet(plan);
  const name = nameOfSet(description);
  const nameBytes = Buffer.from(name, 'hex');
  const texts = new Map<string, string>();
  const others = new Map<string, SetDescription>();
  const definitionsFed = Map.groupBy(bound, (definition) => definition.from);
  const indexes = new Map(features.map(({ definition, index }) => [definition.name, index]));
  const viewOf = plan.lines && createLineView(plan, plan.lines);
  const readerOf = createReaders(plan, viewOf);
  const size = sizeOf(plan);
  const maxBytes = size.bytes;
  const rewriter = createRewriter(plan, maxBytes);
  const sections = sectionsOf(plan) + (plan.lines === undefined ? 0 : 1);
  const empty = emptySections(sections);
  let scratch = Buffer.alloc(0);

  const set: FeatureSet = {
    name,
    description,
    learn: (text) => void texts.set(nameOfSet(text), text),
    knows: (bytes, from = 0, to = bytes.length) =>
      from === to || isName(nameBytes, bytes, from) || texts.has(setNamed(bytes, from, to)),
    definitions: bound,
    fedBy: (eventType) => definitionsFed.get(eventType) ?? [],
    create: () => createSlots(empty),
    fold(slots, eventType, event, context) {
      if (isBefore(slots, context.atMs)) cover(slots, context);
      return rewriter.fold(slots, eventType, event, context);
    },
    value: (slots, feature, asOfMs, cycleStartMs, knownSinceMs) =>
      readerOf(feature)?.(slots, { asOfMs, cycleStartMs, knownSinceMs }),
    reader: readerOf,
    explain: createExplainer(plan, readerOf, viewOf),
    coveredSince(slots, feature) {
      const index = indexes.get(feature);
      const since = index === undefined ? Number.POSITIVE_INFINITY : sinceOf(slots, index);
      return since === Number.POSITIVE_INFINITY ? undefined : since;
    },
    horizonMs: bound.reduce((most, definition) => Math.max(most, horizonOf(definition)), 0),
    encode(slots) {
      if (scratch.length === 0) scratch = Buffer.alloc(maxBytes);
      return Buffer.from(scratch.subarray(0, set.write(slots, scratch, 0)));
    },
    write(slots, target, at) {
      const writer = { bytes: target, at };
      copyBytes(writer, nameBytes, 0, SET_ID_BYTES);
      writeCoverage(writer, slots);
      copyBytes(writer, slots.bytes, slots.from, slots.to);
      return writer.at;
    },
    decode(bytes, from = 0, to = bytes.length) {
      const slots = createSlots(empty);
      if (from === to) return slots;
      const reader = { bytes, at: from + SET_ID_BYTES };
      if (isName(nameBytes, bytes, from)) {
        readCoverage(reader, features.length, slots);
        if (!isWhole(bytes, reader.at, to, sections)) throw new RangeError('feature bytes end too early');
        slots.bytes = bytes;
        slots.from = reader.at;
        slots.to = to;
        return slots;
      }
      const description = descriptionOf(setNamed(bytes, from, to));
      const stored = { since: undefined, firstSince: 0, isCovered: false };
      readCoverage(reader, description.features.length, stored);
      const described = sectionsDescribed(description) + (description.lines === undefined ? 0 : 1);
      if (!isWhole(bytes, reader.at, to, described)) throw new RangeError('feature bytes end too early');
      coverLike(slots, stored, description);
      rewriter.write(slots, (writer) => translateSections(reader, description, plan, writer));
      return slots;
    },
    maxBytes,
    size,
  };
  return set;

  function descriptionOf(other: string): SetDescription {
    const known = others.get(other);
    if (known !== undefined) return known;
    const text = texts.get(other);
    if (text === undefined) throw new RangeError(`feature bytes are of a set that nobody described: ${other}`);
    const description = readDescription(text);
    others.set(other, description);
    return description;
  }

  /** What both sets have is covered as it was, and what is new not yet. */
  function coverLike(
    slots: FeatureSlots,
    stored: Pick<FeatureSlots, 'since' | 'firstSince' | 'isCovered'>,
    from: SetDescription,
  ) {
    slots.firstSince = stored.firstSince;
    if (stored.firstSince === Number.POSITIVE_INFINITY) return;
    const since = features.map(({ id }) => {
      const other = from.features.indexOf(id);
      return other < 0 ? Number.POSITIVE_INFINITY : sinceOf(stored, other);
    });
    slots.isCovered = since.every(Number.isFinite);
    if (since.some((own) => own !== stored.firstSince)) slots.since = since;
  }
}

function createSlots(empty: Buffer): FeatureSlots {
  return {
    since: undefined,
    firstSince: Number.POSITIVE_INFINITY,
    isCovered: false,
    bytes: empty,
    from: 0,
    to: empty.length,
    edition: nextEdition(),
  };
}

function setNamed(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('hex', from, Math.min(to, from + SET_ID_BYTES));
}

function isName(name: Buffer, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < SET_ID_BYTES; index += 1) if (bytes[from + index] !== name[index]) return false;
  return true;
}

function horizonOf(definition: BoundFeature): number {
  if (definition.window.kind !== 'sliding') return 0;
  const { total, other = total } = wishesOf(definition);
  const tiles = Math.max(...[total, other].map(({ span }) => span.lengthTiles + span.offsetTiles));
  return tiles * definition.window.hopMs;
}
