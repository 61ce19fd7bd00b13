import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, Window } from './model.ts';

const DAY = 86_400_000;
const T0 = 20_000 * DAY;
const days = (length: number): Window => ({ kind: 'sliding', lengthMs: length * DAY, hopMs: DAY, offsetMs: 0 });

function distinct(window: Window): BoundFeature {
  return {
    name: 'callees',
    from: 'Use',
    aggregation: 'distinct',
    field: 'callee',
    where: '',
    window,
    matches: () => true,
  };
}

const set = createFeatureSet([distinct(days(3))]);

/** Calls on days after T0, one value each. */
function folded(calls: readonly (readonly [day: number, callee: unknown])[]) {
  const slots = set.create();
  for (const [day, callee] of calls) set.fold(slots, 'Use', { callee }, { atMs: T0 + day * DAY, cycleStartMs: T0 });
  return slots;
}

const countOn = (day: number, calls: readonly (readonly [day: number, callee: unknown])[]) =>
  set.value(folded(calls), 'callees', T0 + day * DAY, T0, T0);
const numbered = (count: number, day = 0, from = 0) =>
  Array.from({ length: count }, (_, index) => [day, `+49 ${from + index}`] as const);

describe('the number of different values', () => {
  it.each([
    [
      'each of them once',
      [
        [0, 'a'],
        [0, 'b'],
        [0, 'a'],
      ],
      2,
    ],
    [
      'those of several tiles once',
      [
        [0, 'a'],
        [1, 'a'],
        [2, 'c'],
      ],
      2,
    ],
    [
      'texts and numbers, and nothing else',
      [
        [0, ''],
        [0, 7],
        [0, 8],
        [0, null],
        [0, undefined],
        [0, true],
        [0, Number.NaN],
      ],
      3,
    ],
    [
      'none of the tiles before the window',
      [
        [0, 'a'],
        [3, 'b'],
      ],
      1,
    ],
  ] as const)('counts %s', (_title, calls, expected) => {
    expect(countOn(calls.at(-1)?.[0] ?? 0, calls)).toBe(expected);
  });

  it('is nothing, not unknown, where none was seen in a window that is covered', () => {
    expect(countOn(20, [[0, 'a']])).toBe(0);
  });

  it('is exact up to 40 values of a tile, and over a window of such tiles', () => {
    expect(countOn(0, numbered(40))).toBe(40);
    expect(
      countOn(
        2,
        [0, 1, 2].flatMap((day) => numbered(40, day, 30 * day)),
      ),
    ).toBe(100);
  });

  it.each([41, 100, 300, 1_000, 10_000])('is an estimate beyond, about %d', (count) => {
    const errors = [0, 1, 2, 3, 4, 5, 6, 7].map((round) => {
      const value = countOn(0, numbered(count, 0, round * 1_000_000)) ?? 0;
      return (value - count) / count;
    });
    const deviation = Math.sqrt(errors.reduce((total, error) => total + error ** 2, 0) / errors.length);
    expect(deviation).toBeLessThan(1.5 * 0.065);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(4 * 0.065);
  });

  it('puts a sketch and tiles with few values together', () => {
    const calls = [...numbered(1_000), ...numbered(20, 1, 990)];
    const value = countOn(1, calls) ?? 0;
    expect(Math.abs(value - 1_010)).toBeLessThan(4 * 0.065 * 1_010);
  });

  it('takes no more bytes for a million values than for forty-one', () => {
    const bytes = (count: number) => set.encode(folded(numbered(count))).length;
    expect(bytes(41)).toBe(bytes(20_000));
    expect(bytes(40)).toBe(bytes(41));
  });

  it('depends neither in value nor in bytes on the order of the values, nor on how often they came', () => {
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 90 })), {
      minLength: 30,
      maxLength: 200,
    });
    const shuffled = calls.chain((list) =>
      fc.shuffledSubarray([...list, ...list.slice(0, 20)], { minLength: list.length + Math.min(20, list.length) }),
    );
    fc.assert(
      fc.property(shuffled, (list) => {
        const once = folded([...new Map(list.map((call) => [call.join(), call])).values()].sort((a, b) => a[1] - b[1]));
        expect(set.encode(folded(list))).toEqual(set.encode(once));
        expect(set.encode(set.decode(set.encode(once)))).toEqual(set.encode(once));
      }),
    );
  });

  it('loses the tiles that no window needs any more when a set without the longer one reads it', () => {
    const longer = createFeatureSet([distinct(days(3)), { ...distinct(days(20)), name: 'longer' }]);
    const slots = longer.create();
    for (let day = 0; day < 20; day += 1) {
      longer.fold(slots, 'Use', { callee: `+49 ${day}` }, { atMs: T0 + day * DAY, cycleStartMs: T0 });
    }
    set.learn(longer.description);
    const read = set.decode(longer.encode(slots));
    const fresh = folded(Array.from({ length: 20 }, (_, day) => [day, `+49 ${day}`]));
    expect(set.encode(read)).toEqual(set.encode(fresh));
  });

  it('is kept once for windows of one hop', () => {
    const both = createFeatureSet([distinct(days(3)), { ...distinct(days(2)), name: 'shorter' }]);
    const slots = both.create();
    for (const [day, callee] of numbered(30))
      both.fold(slots, 'Use', { callee }, { atMs: T0 + day * DAY, cycleStartMs: T0 });
    expect(both.encode(slots).length).toBe(set.encode(folded(numbered(30))).length);
    expect(both.value(slots, 'shorter', T0, T0, T0)).toBe(30);
  });
});

it('different values are refused where the bytes are of no such content', () => {
  const bytes = set.encode(folded(numbered(3)));
  const broken = Buffer.from(bytes);
  // The number of hashes: 3 of 4 bytes each are at the end.
  broken[bytes.length - 13] = 4;
  expect(() => set.value(set.decode(broken), 'callees', T0, T0, T0)).toThrow(RangeError);
});
