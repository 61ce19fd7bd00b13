import { describe, expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, FeatureSet, FeatureSlots, Window } from './model.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = 20_000 * DAY;

function feature(aggregation: BoundFeature['aggregation'], window: Window): BoundFeature {
  const field = aggregation === 'count' || aggregation === 'elapsedSince' ? {} : { field: 'mb' };
  return { name: aggregation, from: 'Use', aggregation, ...field, where: '', window, matches: () => true };
}

const days = (length: number, offset = 0): Window => ({
  kind: 'sliding',
  lengthMs: length * DAY,
  hopMs: DAY,
  offsetMs: offset * DAY,
});

function folded(set: FeatureSet, uses: readonly (readonly [atMs: number, mb: number])[], cycleStartMs = T0) {
  const slots = set.create();
  for (const [atMs, mb] of uses) set.fold(slots, 'Use', { mb }, { atMs, cycleStartMs });
  return slots;
}

describe('an explanation', () => {
  const uses = [
    [T0 + HOUR, 2],
    [T0 + 2 * HOUR, 3],
    [T0 + 2 * DAY, 7],
  ] as const;
  const asOfMs = T0 + 2 * DAY + HOUR;
  const today = { fromMs: T0 + 2 * DAY, toMs: T0 + 3 * DAY };
  const first = { fromMs: T0, toMs: T0 + DAY };

  it.each([
    [
      'count',
      3,
      [
        { ...today, count: 1 },
        { ...first, count: 2 },
      ],
    ],
    [
      'sum',
      12,
      [
        { ...today, sum: 7 },
        { ...first, sum: 5 },
      ],
    ],
    [
      'min',
      2,
      [
        { ...today, min: 7 },
        { ...first, min: 2 },
      ],
    ],
    [
      'max',
      7,
      [
        { ...today, max: 7 },
        { ...first, max: 3 },
      ],
    ],
    [
      'average',
      4,
      [
        { ...today, sum: 7, count: 1 },
        { ...first, sum: 5, count: 2 },
      ],
    ],
  ] as const)('of %s has its value and the tiles it is made of, newest first', (aggregation, value, tiles) => {
    const set = createFeatureSet([feature(aggregation, days(3))]);
    const slots = folded(set, uses);
    expect(set.explain(slots, aggregation, { asOfMs, cycleStartMs: T0, knownSinceMs: T0 + HOUR })).toEqual({
      name: aggregation,
      value,
      unknown: undefined,
      coveredSinceMs: T0 + HOUR,
      tiles,
      omittedTiles: 0,
    });
  });

  it.each([
    ['last', { last: 7 }],
    ['elapsedSince', {}],
  ] as const)('of %s has the newest event', (aggregation, tile) => {
    const set = createFeatureSet([feature(aggregation, { kind: 'ever' })]);
    const found = set.explain(folded(set, uses), aggregation, { asOfMs, cycleStartMs: T0 });
    expect(found?.tiles).toEqual([{ fromMs: T0 + 2 * DAY, toMs: T0 + 2 * DAY, ...tile }]);
  });

  it.each([
    ['cycle', T0],
    ['ever', T0 + HOUR],
  ] as const)('of a window "%s" has one tile up to the moment', (kind, fromMs) => {
    const set = createFeatureSet([feature('sum', { kind })]);
    const found = set.explain(folded(set, uses), 'sum', { asOfMs, cycleStartMs: T0, knownSinceMs: T0 + HOUR });
    expect(found?.tiles).toEqual([{ fromMs, toMs: asOfMs, sum: 12 }]);
  });

  it('leaves out the tiles outside the window, and says how many of a long one it does not list', () => {
    const set = createFeatureSet([feature('count', days(80, 1))]);
    const slots = folded(
      set,
      Array.from({ length: 100 }, (_, day) => [T0 + day * DAY, 1]),
    );
    const found = set.explain(slots, 'count', { asOfMs: T0 + 99 * DAY, cycleStartMs: T0 });
    expect(found?.value).toBe(80);
    expect(found?.tiles).toHaveLength(64);
    expect(found?.tiles[0]).toEqual({ fromMs: T0 + 98 * DAY, toMs: T0 + 99 * DAY, count: 1 });
    expect(found?.omittedTiles).toBe(16);
  });

  it('answers nothing for a feature that is not there', () => {
    const set = createFeatureSet([feature('count', days(1))]);
    expect(set.explain(set.create(), 'coun', { asOfMs, cycleStartMs: T0 })).toBeUndefined();
  });
});

describe('an unknown value', () => {
  const windowed = createFeatureSet([feature('max', days(2))]);
  const newest = createFeatureSet([feature('last', { kind: 'ever' })]);
  const reason = (set: FeatureSet, slots: FeatureSlots, asOfMs: number, cycleStartMs = T0) =>
    set.explain(slots, set.definitions[0]?.name ?? '', { asOfMs, cycleStartMs })?.unknown;

  it.each([
    ['before the first event', 'not-covered', windowed, [], T0],
    ['while the window reaches before the coverage', 'not-covered', windowed, [T0], T0 + DAY],
    ['when the window held nothing', 'nothing-seen', windowed, [T0], T0 + 10 * DAY],
    ['as of a time whose tiles were dropped', 'too-old', windowed, [T0, T0 + 20 * DAY], T0 + 5 * DAY],
    ['of the newest event, before the first', 'not-covered', newest, [], T0],
    ['of the newest event, as of a time before it', 'too-old', newest, [T0, T0 + DAY], T0 + HOUR],
  ] as const)('says why: %s', (_title, expected, set, times, asOfMs) => {
    const slots = folded(
      set,
      times.map((atMs) => [atMs, 1]),
    );
    expect(reason(set, slots, asOfMs)).toBe(expected);
  });

  it('says that nothing was seen of the newest event where none came that counts', () => {
    const slots = newest.create();
    newest.fold(slots, 'Bill', {}, { atMs: T0, cycleStartMs: T0 });
    expect(reason(newest, slots, T0 + DAY)).toBe('nothing-seen');
  });

  it('says so of a cycle that began before the coverage, and of one that was dropped', () => {
    const set = createFeatureSet([feature('sum', { kind: 'cycle' })]);
    const slots = folded(set, [[T0 + HOUR, 1]]);
    expect(reason(set, slots, T0 + DAY)).toBe('not-covered');
    for (const day of [30, 60, 90]) {
      set.fold(slots, 'Use', { mb: 1 }, { atMs: T0 + day * DAY, cycleStartMs: T0 + day * DAY });
    }
    expect(reason(set, slots, T0 + 31 * DAY, T0 + 30 * DAY)).toBe('too-old');
  });
});
