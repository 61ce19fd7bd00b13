import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { Aggregation, BoundFeature, FeatureSet, FeatureSlots, FoldContext, Window } from './model.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = 20_000 * DAY;
const CYCLE = 30 * DAY;

interface Use {
  readonly atMs: number;
  readonly amount: number;
  readonly isData: boolean;
}

const aggregations: readonly Aggregation[] = ['count', 'sum', 'min', 'max', 'average', 'last', 'elapsedSince'];
const windows: readonly Window[] = [
  { kind: 'sliding', lengthMs: DAY, hopMs: HOUR, offsetMs: 0 },
  { kind: 'sliding', lengthMs: 6 * DAY, hopMs: DAY, offsetMs: 3 * DAY },
  { kind: 'cycle' },
  { kind: 'ever' },
];
const definitions: readonly BoundFeature[] = aggregations.flatMap((aggregation) =>
  windows.map((window, index) => ({
    name: `${aggregation}_${index}`,
    from: 'Use',
    aggregation,
    ...(aggregation === 'count' || aggregation === 'elapsedSince' ? {} : { field: 'amount' }),
    where: 'isData',
    window,
    unitMs: HOUR,
    matches: (event: Readonly<Record<string, unknown>>) => event.isData === true,
  })),
);
const set = createFeatureSet(definitions);
const cycleOf = (atMs: number): number => Math.floor(atMs / CYCLE) * CYCLE;

function foldAll(uses: readonly Use[]): FeatureSlots {
  const slots = set.create();
  for (const use of uses) set.fold(slots, 'Use', { ...use }, { atMs: use.atMs, cycleStartMs: cycleOf(use.atMs) });
  return slots;
}

const valuesOf = (slots: FeatureSlots, asOfMs: number) =>
  definitions.map(({ name }) => set.value(slots, name, asOfMs, cycleOf(asOfMs)));

const use = fc.record({
  // Half of them crowd in a few tiles at the end, so that one tile gets several.
  atMs: fc.oneof(
    fc.integer({ min: T0, max: T0 + 50 * DAY }),
    fc.integer({ min: T0 + 50 * DAY - 3 * HOUR, max: T0 + 50 * DAY }),
  ),
  amount: fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
  isData: fc.boolean(),
});
const uses = fc.array(use, { maxLength: 60 });
const shuffled = uses.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
);

it('any order of the same events gives the same bytes and the same values as of any time', () => {
  fc.assert(
    fc.property(shuffled, fc.integer({ min: T0 - DAY, max: T0 + 90 * DAY }), ([list, other], asOfMs) => {
      const left = foldAll(list);
      const right = foldAll(other);
      expect(set.encode(left)).toEqual(set.encode(right));
      expect(valuesOf(left, asOfMs)).toEqual(valuesOf(right, asOfMs));
    }),
  );
});

it('bytes read back give the same values, the same bytes, and go on as if never written', () => {
  fc.assert(
    fc.property(uses, uses, fc.integer({ min: T0, max: T0 + 90 * DAY }), (before, after, asOfMs) => {
      const kept = foldAll(before);
      const read = set.decode(set.encode(kept));
      expect(set.encode(read)).toEqual(set.encode(kept));
      expect(valuesOf(read, asOfMs)).toEqual(valuesOf(kept, asOfMs));
      for (const one of after) {
        const context = { atMs: one.atMs, cycleStartMs: cycleOf(one.atMs) };
        expect(changedBy(set, read, one, context)).toEqual(changedBy(set, kept, one, context));
        expect(valuesOf(read, asOfMs)).toEqual(valuesOf(kept, asOfMs));
      }
      expect(set.encode(read)).toEqual(set.encode(kept));
      expect(set.encode(read).length).toBeLessThanOrEqual(set.maxBytes);
    }),
  );
});

it('features found by the value their filter asks for fold as if every filter were asked', () => {
  const kinds = ['DATA', 'VOICE', 'SMS'] as const;
  const asked = kinds.flatMap((kind): BoundFeature[] => [
    { ...counted(`${kind}_all`), where: kind, matches: (event) => event.kind === kind },
    {
      ...counted(`${kind}_some`),
      where: `${kind} some`,
      matches: (event) => event.kind === kind && event.isData === true,
    },
  ]);
  const found = asked.map((feature) => {
    const [equals = '', some] = feature.where.split(' ');
    return { ...feature, only: { field: 'kind', equals, isAll: some === undefined } };
  });
  const askedSet = createFeatureSet([...asked, counted('any')]);
  const foundSet = createFeatureSet([...found, counted('any')]);
  const happenings = fc.array(fc.record({ kind: fc.constantFrom(...kinds, 'DATA ', null), isData: fc.boolean() }));
  fc.assert(
    fc.property(happenings, (list) => {
      const left = askedSet.create();
      const right = foundSet.create();
      for (const [index, one] of list.entries()) {
        const context = { atMs: T0 + index * HOUR, cycleStartMs: T0 };
        const changed = changedBy(askedSet, left, one, context);
        expect(changedBy(foundSet, right, one, context).sort()).toEqual(changed.sort());
      }
      expect(foundSet.encode(right)).toEqual(askedSet.encode(left));
    }),
  );
});

it('another set reads what both have as if it had always been there, whatever else comes or goes', () => {
  const names = fc.subarray(definitions.map(({ name }) => name));
  fc.assert(
    fc.property(names, names, uses, fc.integer({ min: T0, max: T0 + 90 * DAY }), (first, second, list, asOfMs) => {
      const [before, after] = [first, second].map((chosen) =>
        createFeatureSet(definitions.filter(({ name }) => chosen.includes(name))),
      ) as [FeatureSet, FeatureSet];
      const slots = before.create();
      for (const one of list)
        before.fold(slots, 'Use', { ...one }, { atMs: one.atMs, cycleStartMs: cycleOf(one.atMs) });
      if (before.name !== after.name) expect(() => after.decode(before.encode(slots))).toThrow(RangeError);
      after.learn(before.description);
      const read = after.decode(before.encode(slots));
      const stored = after.decode(after.encode(read));
      for (const { name, window } of after.definitions) {
        const known = first.includes(name);
        for (const there of [read, stored]) {
          expect(after.coveredSince(there, name)).toBe(known ? before.coveredSince(slots, name) : undefined);
          const value = after.value(there, name, asOfMs, cycleOf(asOfMs));
          const expected = known ? before.value(slots, name, asOfMs, cycleOf(asOfMs)) : undefined;
          // A set whose windows are shorter may have dropped a tile that the other kept.
          if (window.kind === 'sliding' && known && value === undefined) continue;
          expect(value).toBe(expected ?? (window.kind === 'sliding' ? value : undefined));
        }
      }
    }),
  );
});

function changedBy(of: FeatureSet, slots: FeatureSlots, fields: object, context: FoldContext): string[] {
  const changed: string[] = [];
  of.fold(slots, 'Use', { ...fields }, { ...context, changed });
  return changed;
}

function counted(name: string): BoundFeature {
  const window: Window = { kind: 'sliding', lengthMs: DAY, hopMs: HOUR, offsetMs: 0 };
  return { name, from: 'Use', aggregation: 'count', where: '', window, matches: () => true };
}
