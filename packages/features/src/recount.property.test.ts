import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cycleOf, DAY, DEFINITIONS, HOUR, LINE_DEFINITIONS, recount, T0, type Use } from '../test/recount.ts';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, FeatureSet, FeatureSlots } from './model.ts';

const LAST = T0 + 50 * DAY;
const ALL = [...DEFINITIONS, ...LINE_DEFINITIONS];
const set = createFeatureSet(ALL);

/** Some crowd in a few tiles at the end, so that one tile gets several; some come at one instant. */
const when = fc.oneof(
  fc.integer({ min: T0, max: LAST }),
  fc.integer({ min: LAST - 3 * HOUR, max: LAST }),
  fc.integer({ min: 0, max: 12 }).map((days) => LAST - days * DAY),
);
const use = fc.record({
  atMs: when,
  amount: fc.oneof(
    fc.integer({ min: -20, max: 8_000 }).map((quarters) => quarters / 4),
    fc.constant(null),
  ),
  place: fc.integer({ min: 0, max: 60 }).map(String),
  isData: fc.boolean(),
  isAbroad: fc.boolean(),
  subscriptionId: fc.constantFrom('a', 'b'),
});
const uses = fc.array(use, { maxLength: 60 }).map((list): readonly Use[] => list.map((one, id) => ({ ...one, id })));
const moment = fc.oneof(
  fc.integer({ min: T0 - DAY, max: T0 + 90 * DAY }),
  fc.integer({ min: LAST - DAY, max: LAST + 3 * DAY }),
);

/** Events as they arrive: in any order, some of them twice. */
const arrivals = uses.chain((list) => {
  const again = fc.subarray([...list]).map((some) => [...list, ...some]);
  return fc.record({
    list: fc.constant(list),
    told: again.chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
  });
});

function foldOne(into: FeatureSet, slots: FeatureSlots, one: Use): void {
  into.fold(slots, 'Use', { ...one }, { atMs: one.atMs, cycleStartMs: cycleOf(one.atMs) });
}

/** Folds what was not told before, stored and read in between as often as `isStored` says. */
function foldAll(told: readonly Use[], isStored: (index: number) => boolean = () => false): FeatureSlots {
  const seen = new Set<number>();
  let slots = set.create();
  for (const [index, one] of told.entries()) {
    if (isStored(index)) slots = set.decode(set.encode(slots));
    if (!seen.has(one.id)) foldOne(set, slots, one);
    seen.add(one.id);
  }
  return slots;
}

function expectRecount(of: FeatureSet, slots: FeatureSlots, list: readonly Use[], asOfMs: number): void {
  const line = list.at(-1)?.subscriptionId;
  const time = { asOfMs, cycleStartMs: cycleOf(asOfMs), event: { subscriptionId: line } };
  for (const definition of of.definitions) {
    const value = of.reader(definition.name)?.(slots, time);
    const expected = recount(definition, list, { asOfMs, line });
    if (value !== undefined || expected.isKnown)
      expect([definition.name, value]).toEqual([definition.name, expected.value]);
    const found = of.explain(slots, definition.name, time);
    expect(found?.value).toBe(value);
    if (value === undefined && expected.isKnown)
      expect([definition.name, found?.unknown]).toEqual([definition.name, 'nothing-seen']);
  }
}

it('every aggregation over every window is what the raw events come to, in any order, told twice, stored in between', () => {
  fc.assert(
    fc.property(arrivals, moment, fc.integer({ min: 1, max: 9 }), ({ list, told }, asOfMs, every) => {
      const inOrder = foldAll(list);
      const slots = foldAll(told, (index) => index % every === 0);
      expect(set.encode(slots)).toEqual(set.encode(inOrder));
      expect(set.encode(slots).length).toBeLessThanOrEqual(set.maxBytes);
      expectRecount(set, slots, list, asOfMs);
    }),
  );
});

it('what another set reads of it is what the raw events come to, before and after more of them', () => {
  const chosen = fc.subarray([...ALL]);
  fc.assert(
    fc.property(chosen, uses, uses, moment, (some, before, after, asOfMs) => {
      const slots = foldAll(before);
      if (before.length === 0) return;
      const other = createFeatureSet(some);
      other.learn(set.description);
      const read = other.decode(set.encode(slots));
      expectRecount(other, read, before, asOfMs);
      for (const one of after) foldOne(other, read, one);
      expectRecount(other, read, [...before, ...after], asOfMs);
      expect(other.encode(read)).toEqual(other.encode(other.decode(other.encode(read))));
      const maxBytes = other.maxBytes;
      expect(other.encode(read).length).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

it('a feature added later counts from when it was added and not before', () => {
  const chosen = fc.subarray([...ALL], { minLength: 1 });
  fc.assert(
    fc.property(chosen, uses, uses, (some, before, after) => {
      if (before.length === 0 || after.length === 0) return;
      const addedAt = LAST + DAY;
      const slots = createFeatureSet([]).create();
      const none = createFeatureSet([]);
      for (const one of before) foldOne(none, slots, one);
      const other = createFeatureSet(some);
      other.learn(none.description);
      const read = other.decode(none.encode(slots));
      const later = after.map((one) => ({ ...one, atMs: one.atMs + 51 * DAY }));
      for (const one of later)
        other.fold(
          read,
          'Use',
          { ...one },
          { atMs: one.atMs, cycleStartMs: cycleOf(one.atMs), foldedAtMs: Math.max(addedAt, one.atMs) },
        );
      for (const { name } of some) expect(other.coveredSince(read, name)).toBeGreaterThanOrEqual(addedAt);
      const stepsBack: readonly BoundFeature[] = some.filter(({ window }) => window.kind === 'sliding');
      for (const { name } of stepsBack) expect(other.value(read, name, addedAt, cycleOf(addedAt))).toBeUndefined();
    }),
  );
});
