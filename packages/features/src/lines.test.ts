import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import { type BoundFeature, type FeatureSet, type FeatureSlots, MOST_LINES, type Window } from './model.ts';

const DAY = 86_400_000;
const T0 = 20_000 * DAY;
const WEEK: Window = { kind: 'sliding', lengthMs: 7 * DAY, hopMs: DAY, offsetMs: 0 };

function feature(over: Partial<BoundFeature> & { name: string }): BoundFeature {
  return { from: 'Use', aggregation: 'sum', field: 'mb', where: '', window: WEEK, matches: () => true, ...over };
}

const set = createFeatureSet([
  feature({ name: 'mine' }),
  feature({ name: 'of_line', scope: 'line' }),
  feature({ name: 'last_of_line', aggregation: 'last', window: { kind: 'ever' }, scope: 'line' }),
]);

type Told = readonly [line: string | null, mb: number, day?: number];

function fold(into: FeatureSlots, [subscriptionId, mb, day = 0]: Told, of: FeatureSet = set): readonly string[] {
  const changed: string[] = [];
  of.fold(into, 'Use', { subscriptionId, mb }, { atMs: T0 + day * DAY, cycleStartMs: T0, changed });
  return changed;
}

function folded(told: readonly Told[]): FeatureSlots {
  const slots = set.create();
  for (const one of told) fold(slots, one);
  return slots;
}

const time = (line?: string, day = 0) => ({
  asOfMs: T0 + day * DAY,
  cycleStartMs: T0,
  knownSinceMs: T0,
  ...(line === undefined ? {} : { event: { subscriptionId: line } }),
});
const valueIn = (slots: FeatureSlots, name: string, line?: string, day = 0) =>
  set.reader(name)?.(slots, time(line, day));

describe('a feature of a line', () => {
  const slots = folded([
    ['a', 3],
    ['b', 5],
    ['a', 4, 1],
    [null, 9],
  ]);

  it('counts the events of the line at hand only, beside what counts all', () => {
    for (const one of [slots, set.decode(set.encode(slots))]) {
      expect(valueIn(one, 'of_line', 'a', 1)).toBe(7);
      expect(valueIn(one, 'last_of_line', 'a', 1)).toBe(4);
      expect(valueIn(one, 'of_line', 'b', 1)).toBe(5);
      expect(valueIn(one, 'mine', 'b', 1)).toBe(21);
    }
  });

  it('knows of a line never seen that there was nothing', () => {
    expect(valueIn(slots, 'of_line', 'c', 1)).toBe(0);
    expect(set.explain(slots, 'last_of_line', time('c', 1))?.unknown).toBe('nothing-seen');
  });

  it('is unknown where no line is at hand, and says so', () => {
    expect(valueIn(slots, 'of_line', undefined, 1)).toBeUndefined();
    expect(set.explain(slots, 'of_line', time(undefined, 1))).toMatchObject({ unknown: 'no-line', tiles: [] });
    expect(set.explain(slots, 'of_line', { ...time(), event: { subscriptionId: null } })?.unknown).toBe('no-line');
  });

  it('is explained by the tiles of its line', () => {
    expect(set.explain(slots, 'of_line', time('a', 1))).toMatchObject({ value: 7, tiles: [{ sum: 4 }, { sum: 3 }] });
  });

  it('is covered like the customer, whose events are those of all his lines', () => {
    const late = folded([['b', 1]]);
    const at = { asOfMs: T0 + 8 * DAY, cycleStartMs: T0, event: { subscriptionId: 'a' } };
    expect(set.reader('of_line')?.(late, at)).toBe(0);
    expect(set.reader('of_line')?.(late, { ...at, asOfMs: T0 + 6 * DAY })).toBeUndefined();
    fold(late, [null, 1, -1]);
    expect(set.reader('of_line')?.(late, { ...at, asOfMs: T0 + 6 * DAY })).toBe(0);
  });

  it('is named when an event of a line changes it, and not for an event of none', () => {
    const some = set.create();
    expect(fold(some, ['a', 1]).toSorted()).toEqual(['last_of_line', 'mine', 'of_line']);
    expect(fold(some, [null, 1])).toEqual(['mine']);
  });

  it('goes on in a set that has it too, and its bytes go with it in one that has not', () => {
    const without = createFeatureSet([feature({ name: 'mine' })]);
    const with_ = createFeatureSet([feature({ name: 'of_line', scope: 'line' }), feature({ name: 'new' })]);
    for (const other of [without, with_]) other.learn(set.description);
    const kept = with_.decode(set.encode(slots));
    expect(with_.reader('of_line')?.(with_.decode(with_.encode(kept)), time('a', 1))).toBe(7);
    const fresh = without.create();
    for (const one of [
      ['a', 3],
      ['b', 5],
      ['a', 4, 1],
      [null, 9],
    ] as const)
      fold(fresh, one, without);
    expect(without.encode(without.decode(set.encode(slots)))).toEqual(without.encode(fresh));
  });

  it('starts empty where it is added', () => {
    const before = createFeatureSet([feature({ name: 'mine' })]);
    const old = before.create();
    fold(old, ['a', 3], before);
    set.learn(before.description);
    const read = set.decode(before.encode(old));
    expect(valueIn(read, 'of_line', 'a')).toBeUndefined();
    fold(read, ['a', 1, 1]);
    expect(set.coveredSince(read, 'of_line')).toBe(T0 + DAY);
    expect(set.value(read, 'mine', T0 + DAY, T0, T0)).toBe(4);
  });

  it('is another feature than the one of the customer', () => {
    const [of, whole] = [
      createFeatureSet([feature({ name: 'x', scope: 'line' })]),
      createFeatureSet([feature({ name: 'x' })]),
    ];
    expect(of.description).not.toBe(whole.description);
  });
});

describe('more lines than are kept', () => {
  const names = Array.from({ length: MOST_LINES + 9 }, (_, index) => `line-${index}`);
  const arrivals = fc
    .array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 5 })), { minLength: 60, maxLength: 120 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));

  it('leave the same ones kept in any order, whole, and are unknown beyond', () => {
    fc.assert(
      fc.property(arrivals, ([list, other]) => {
        const slots = folded(list);
        expect(set.encode(folded(other))).toEqual(set.encode(slots));
        const kept = names.filter((name) => valueIn(slots, 'of_line', name) !== undefined);
        const used = new Set(list.map(([name]) => name));
        expect(kept.filter((name) => used.has(name))).toHaveLength(Math.min(MOST_LINES, used.size));
        for (const name of kept) {
          const all = list.filter(([line]) => line === name).reduce((total, [, mb]) => total + mb, 0);
          expect(valueIn(slots, 'of_line', name)).toBe(all);
        }
      }),
    );
  });

  it('take no more bytes', () => {
    const most = folded(names.slice(0, MOST_LINES).map((name) => [name, 1]));
    const more = folded(names.map((name) => [name, 1]));
    expect(set.encode(more).length).toBe(set.encode(most).length);
    expect(set.encode(more).length).toBeLessThanOrEqual(set.maxBytes);
  });
});

it('lines whose bytes end too early are refused', () => {
  const slots = folded([['a', 3]]);
  const broken = Buffer.from(slots.bytes.subarray(slots.from, slots.to));
  const bytes = set.encode(slots);
  const at = bytes.indexOf(broken) + broken.length - 1;
  expect(() => set.decode(bytes.subarray(0, at))).toThrow(RangeError);
});
