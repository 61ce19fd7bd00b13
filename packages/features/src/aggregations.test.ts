import { describe, expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, FeatureSet, FeatureSlots, Window } from './model.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = 20_000 * DAY;
const WEEK: Window = { kind: 'sliding', lengthMs: 7 * DAY, hopMs: DAY, offsetMs: 0 };

type Fields = Readonly<Record<string, unknown>>;
const isData = (event: Fields): boolean => event.kind === 'DATA';

function feature(over: Partial<BoundFeature>): BoundFeature {
  return { name: 'it', from: 'Use', aggregation: 'count', where: '', window: WEEK, matches: () => true, ...over };
}

/** Days after T0, with what is told of each event. */
function folded(set: FeatureSet, uses: readonly (readonly [day: number, fields: Fields])[]): FeatureSlots {
  const slots = set.create();
  for (const [day, fields] of uses) set.fold(slots, 'Use', fields, { atMs: T0 + day * DAY, cycleStartMs: T0 });
  return slots;
}

const reading = (set: FeatureSet, slots: FeatureSlots, day: number, knownSinceMs?: number) =>
  set.explain(slots, 'it', { asOfMs: T0 + day * DAY, cycleStartMs: T0, knownSinceMs });

describe('a share', () => {
  const part = { where: 'data', matches: isData };
  const of = (field?: string) =>
    createFeatureSet([feature({ aggregation: 'share', part, ...(field ? { field } : {}) })]);
  const uses = [
    [0, { kind: 'DATA', mb: 6 }],
    [1, { kind: 'SMS', mb: 2 }],
    [1, { kind: 'DATA', mb: 0 }],
    [2, { kind: 'SMS' }],
  ] as const;

  it.each([
    ['of the events', undefined, 2 / 4],
    ['of a sum, without the events that have none', 'mb', 6 / 8],
  ] as const)('is the matching part %s', (_title, field, expected) => {
    const set = of(field);
    expect(reading(set, folded(set, uses), 2, T0)?.value).toBe(expected);
  });

  it('is unknown where there was nothing to be a part of', () => {
    const set = of();
    const found = reading(set, folded(set, uses), 20, T0);
    expect([found?.value, found?.unknown]).toEqual([undefined, 'nothing-seen']);
  });

  it('shows in each tile what the part was and of how much', () => {
    const set = of();
    const tiles = reading(set, folded(set, uses), 2, T0)?.tiles;
    expect(tiles?.map(({ count, part }) => [count, part])).toEqual([
      [1, undefined],
      [2, 1],
      [1, 1],
    ]);
  });

  it('keeps its whole beside a count of the same events, and only once', () => {
    const alone = createFeatureSet([feature({ aggregation: 'share', part })]);
    const both = createFeatureSet([feature({ aggregation: 'share', part }), feature({ name: 'uses' })]);
    const bytes = (set: FeatureSet) => set.encode(folded(set, uses)).length;
    expect(bytes(both)).toBe(bytes(alone));
  });
});

describe('a rate', () => {
  const daily = (days: number, perDay: (day: number) => number) =>
    Array.from({ length: days }, (_, day) => [day, { mb: perDay(day) }] as const);

  it.each([
    ['as ever', () => 8, 1],
    ['half of it', (day: number) => (day < 28 ? 8 : 4), 0.5],
    ['none any more', (day: number) => (day < 28 ? 8 : 0), 0],
  ])('compares the window with the mean of those before: %s', (_title, perDay, expected) => {
    const set = createFeatureSet([feature({ aggregation: 'rate', field: 'mb', against: 4 })]);
    expect(reading(set, folded(set, daily(35, perDay)), 34, T0)?.value).toBe(expected);
  });

  it('compares numbers of events, with as many windows before as it says', () => {
    const set = createFeatureSet([feature({ aggregation: 'rate', against: 1 })]);
    const twice = daily(14, () => 1).flatMap((use) => (use[0] < 7 ? [use] : [use, use]));
    expect(reading(set, folded(set, twice), 13, T0)?.value).toBe(2);
  });

  it('is unknown until its past is covered, and when nothing was seen in it', () => {
    const set = createFeatureSet([feature({ aggregation: 'rate', against: 2 })]);
    const slots = folded(
      set,
      daily(60, () => 1),
    );
    expect(reading(set, slots, 58)?.value).toBe(1);
    expect(reading(set, folded(set, [[0, {}]]), 21 - 1 / 24)?.unknown).toBe('not-covered');
    expect(reading(set, folded(set, [[0, {}]]), 30)?.unknown).toBe('nothing-seen');
  });

  it('reaches back over its past for late events too', () => {
    expect(createFeatureSet([feature({ aggregation: 'rate', against: 4 })]).horizonMs).toBe(35 * DAY);
  });
});

describe('a streak', () => {
  const on = (days: readonly number[]) => days.map((day) => [day, {}] as const);

  it.each([
    ['active', 'counts back from the running tile', [3, 4, 5], 5.5, 3],
    ['active', 'waits for the running tile', [3, 4, 5], 6.5, 3],
    ['active', 'ends with a tile that is over without an event', [3, 4, 5], 7.5, 0],
    ['active', 'leaves out what lies before a gap', [0, 1, 3, 4], 4.5, 2],
    ['active', 'is no longer than the window', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 9.5, 7],
    ['active', 'does not look at tiles after the moment', [3, 4, 5, 6, 7], 5.5, 3],
    ['quiet', 'counts tiles that are over', [3], 6.5, 2],
    ['quiet', 'is nothing once the running tile has an event', [1, 6], 6.5, 0],
    ['quiet', 'is no longer than the window', [0], 60, 7],
    ['quiet', 'does not look at tiles after the moment', [3, 6], 5.5, 1],
  ] as const)('of %s tiles %s', (streak, _title, days, day, expected) => {
    const set = createFeatureSet([feature({ aggregation: 'streak', streak })]);
    expect(reading(set, folded(set, on(days)), day, T0 + (days[0] ?? 0) * DAY)?.value).toBe(expected);
  });

  it('counts matching events only, and is unknown until the window and its running tile are covered', () => {
    const filtered = { where: 'data', matches: isData };
    const set = createFeatureSet([feature({ aggregation: 'streak', streak: 'active', ...filtered })]);
    const slots = folded(set, [
      [0, { kind: 'DATA' }],
      [8, { kind: 'DATA' }],
      [9, { kind: 'SMS' }],
    ]);
    expect(reading(set, slots, 9.5)?.value).toBe(1);
    expect(reading(set, slots, 7.9)?.unknown).toBe('not-covered');
  });
});

it('an average beside a longer sum of its field is unknown, not wrong, where its own tiles were dropped', () => {
  const long: Window = { kind: 'sliding', lengthMs: 30 * DAY, hopMs: DAY, offsetMs: 0 };
  const set = createFeatureSet([
    feature({ aggregation: 'average', field: 'mb' }),
    feature({ name: 'longer', aggregation: 'sum', field: 'mb', window: long }),
  ]);
  // The count goes back nine tiles from day 20, the sum 32: day 11 has lost its count, day 12 has not.
  const slots = folded(
    set,
    [0, 11, 12, 20].map((day) => [day, { mb: 4 }]),
  );
  expect(reading(set, slots, 17)?.unknown).toBe('too-old');
  expect(reading(set, slots, 18)?.value).toBe(4);
});

describe('first and last', () => {
  const uses = [
    [1, { mb: 5 }],
    [0, { mb: 3 }],
    [3, { mb: 7 }],
    [3, { mb: 6 }],
    [8, { mb: 9 }],
  ] as const;
  const EVER: Window = { kind: 'ever' };

  it.each([
    ['first', WEEK, 6.5, 3],
    ['last', WEEK, 6.5, 7],
    ['first', WEEK, 8.5, 6],
    ['last', WEEK, 8.5, 9],
    ['first', EVER, 8, 3],
    ['first', { kind: 'cycle' }, 8, 3],
    ['last', { kind: 'cycle' }, 8, 9],
  ] as const)(
    '%s of a window is its earliest or latest value: %j as of day %d',
    (aggregation, window, day, expected) => {
      const set = createFeatureSet([feature({ aggregation, field: 'mb', window })]);
      const slots = folded(set, uses);
      expect(reading(set, slots, day, T0)?.value).toBe(expected);
      expect(reading(set, set.decode(set.encode(slots)), day, T0)?.value).toBe(expected);
    },
  );

  it('of several at one instant the smallest is first and the largest last', () => {
    for (const [aggregation, expected] of [
      ['first', 6],
      ['last', 7],
    ] as const) {
      const set = createFeatureSet([feature({ aggregation, field: 'mb' })]);
      const both = [uses[2], uses[3]];
      expect(reading(set, folded(set, both), 3, T0 + 3 * DAY)?.value).toBe(expected);
      expect(set.encode(folded(set, both))).toEqual(set.encode(folded(set, both.toReversed())));
    }
  });

  it('names the feature that an event changed, and the one for which it came too late', () => {
    const set = createFeatureSet([feature({ aggregation: 'last', field: 'mb' })]);
    const slots = folded(set, [[20, { mb: 1 }]]);
    const tell = (day: number) => {
      const [changed, tooLate]: [string[], string[]] = [[], []];
      const context = { atMs: T0 + day * DAY, cycleStartMs: T0, changed, tooLate };
      return [set.fold(slots, 'Use', { mb: 2 }, context), changed, tooLate];
    };
    expect(tell(19)).toEqual([true, ['it'], []]);
    expect(tell(10)).toEqual([false, [], ['it']]);
  });

  it('are shown by tile', () => {
    const set = createFeatureSet([feature({ aggregation: 'last', field: 'mb' })]);
    const tiles = reading(set, folded(set, uses), 6.5, T0)?.tiles;
    expect(tiles?.map(({ last }) => last)).toEqual([7, 5, 3]);
  });

  it('the first of all is unknown as of a time before it', () => {
    const set = createFeatureSet([feature({ aggregation: 'first', field: 'mb', window: EVER })]);
    const slots = folded(set, [[5, { mb: 1 }]]);
    expect(reading(set, slots, 4)?.value).toBeUndefined();
  });
});
