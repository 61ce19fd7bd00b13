import { describe, expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, FeatureSet, FeatureSlots, Window } from './model.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Thursday midnight, UTC. */
const T0 = 20_000 * DAY;

function feature(over: Partial<BoundFeature> & { name: string }): BoundFeature {
  return {
    from: 'UsageRecorded',
    aggregation: 'sum',
    field: 'quantityMb',
    where: '',
    window: sliding(DAY, HOUR),
    matches: () => true,
    ...over,
  };
}

const counting = (name: string, window: Window): BoundFeature => {
  const { field: _unused, ...rest } = feature({ name, aggregation: 'count', window });
  return rest;
};

function sliding(lengthMs: number, hopMs: number, offsetMs = 0): Window {
  return { kind: 'sliding', lengthMs, hopMs, offsetMs };
}

function fold(set: FeatureSet, slots: FeatureSlots, atMs: number, quantityMb = 1, cycleStartMs = 0): readonly string[] {
  const changed: string[] = [];
  set.fold(slots, 'UsageRecorded', { quantityMb }, { atMs, cycleStartMs, changed });
  return changed;
}

describe('a sliding window', () => {
  const set = createFeatureSet([feature({ name: 'mb' })]);
  const at = (slots: FeatureSlots, asOfMs: number) => set.value(slots, 'mb', asOfMs, 0);

  it.each([
    ['the tile of the event itself', T0 + 30 * 60_000, 7],
    ['the last tile in which the event still counts', T0 + 24 * HOUR - 1, 7],
    ['the first tile in which it no longer does', T0 + 24 * HOUR, 0],
    ['long after', T0 + 400 * DAY, 0],
  ])('counts whole tiles: %s', (_title, asOfMs, expected) => {
    const slots = set.create();
    fold(set, slots, T0 - 2 * DAY, 100);
    fold(set, slots, T0 + 10, 7);
    expect(at(slots, asOfMs)).toBe(expected);
  });

  it('does not count tiles after the time asked for', () => {
    const slots = set.create();
    fold(set, slots, T0 - 2 * DAY, 0);
    fold(set, slots, T0, 1);
    fold(set, slots, T0 + HOUR, 10);
    expect(at(slots, T0 + 30 * 60_000)).toBe(1);
  });

  it('is unknown until its whole length is covered', () => {
    const slots = set.create();
    expect(at(slots, T0)).toBeUndefined();
    fold(set, slots, T0, 3);
    expect(at(slots, T0 + DAY - 1)).toBeUndefined();
    expect(at(slots, T0 + DAY)).toBe(0);
    expect(set.value(slots, 'mb', T0 + HOUR, 0, T0)).toBe(3);
    expect(set.value(slots, 'mb', T0 + HOUR, 0, T0 - 60_000)).toBeUndefined();
  });

  it('is covered by an event of any type, and then knows that nothing was used', () => {
    const slots = set.create();
    set.fold(slots, 'BillPaid', {}, { atMs: T0, cycleStartMs: 0 });
    expect(at(slots, T0 + DAY)).toBe(0);
  });

  it('is unknown, not too small, where tiles have been dropped', () => {
    const slots = set.create();
    fold(set, slots, T0, 5);
    fold(set, slots, T0 + 10 * DAY, 1);
    expect(at(slots, T0 + DAY)).toBeUndefined();
  });

  it('takes a late event into its tile, and ignores and names one older than what is kept', () => {
    const slots = set.create();
    fold(set, slots, T0 - 3 * DAY, 0);
    fold(set, slots, T0 + 10 * HOUR, 1);
    expect(fold(set, slots, T0, 4)).toEqual(['mb']);
    expect(at(slots, T0 + 11 * HOUR)).toBe(5);
    const tooLate: string[] = [];
    const context = { atMs: T0 - 2 * DAY, cycleStartMs: 0, tooLate };
    expect(set.fold(slots, 'UsageRecorded', { quantityMb: 9 }, context)).toBe(false);
    expect(tooLate).toEqual(['mb']);
    expect(at(slots, T0 + 11 * HOUR)).toBe(5);
  });

  it('may lie in the past, right before the window without an offset', () => {
    const weeks = createFeatureSet([
      feature({ name: 'week', window: sliding(7 * DAY, DAY) }),
      feature({ name: 'own_past', window: sliding(21 * DAY, DAY, 7 * DAY) }),
    ]);
    const slots = weeks.create();
    for (let day = 0; day < 40; day += 1) fold(weeks, slots, T0 + day * DAY, day);
    const asOfMs = T0 + 39 * DAY + HOUR;
    expect(weeks.value(slots, 'week', asOfMs, 0)).toBe(33 + 34 + 35 + 36 + 37 + 38 + 39);
    expect(weeks.value(slots, 'own_past', asOfMs, 0)).toBe((21 * (12 + 32)) / 2);
    expect(weeks.value(slots, 'own_past', T0 + 28 * DAY, 0)).toBeUndefined();
  });
});

describe('a cycle window', () => {
  const set = createFeatureSet([feature({ name: 'mb', window: { kind: 'cycle' } })]);
  const value = (slots: FeatureSlots, cycleStartMs: number, knownSinceMs?: number) =>
    set.value(slots, 'mb', T0 + 90 * DAY, cycleStartMs, knownSinceMs);

  it('starts anew with each cycle and keeps the one before for late events', () => {
    const slots = set.create();
    fold(set, slots, T0, 0, T0);
    fold(set, slots, T0 + 31 * DAY, 5, T0 + 30 * DAY);
    fold(set, slots, T0 + 61 * DAY, 7, T0 + 60 * DAY);
    fold(set, slots, T0 + 32 * DAY, 1, T0 + 30 * DAY);
    expect(value(slots, T0 + 60 * DAY)).toBe(7);
    expect(value(slots, T0 + 30 * DAY)).toBe(6);
    expect(value(slots, T0 + 90 * DAY)).toBe(0);
    expect(value(slots, T0)).toBeUndefined();
  });

  it('is unknown for a cycle that began before the coverage, unless the line did not exist before', () => {
    const slots = set.create();
    fold(set, slots, T0 + DAY, 5, T0);
    expect(value(slots, T0)).toBeUndefined();
    expect(value(slots, T0, T0 + DAY)).toBe(5);
  });
});

describe('an aggregation', () => {
  const ever: Window = { kind: 'ever' };
  const set = createFeatureSet([
    feature({ name: 'min', aggregation: 'min', window: ever }),
    feature({ name: 'max', aggregation: 'max', window: sliding(DAY, HOUR) }),
    feature({ name: 'average', aggregation: 'average', window: ever }),
    feature({ name: 'last', aggregation: 'last', window: ever }),
    counting('count', ever),
    { ...counting('days_quiet', ever), aggregation: 'elapsedSince' },
    feature({ name: 'sum', window: ever, resolution: 1 }),
  ]);
  const values = (slots: FeatureSlots, asOfMs: number) =>
    Object.fromEntries(set.definitions.map(({ name }) => [name, set.value(slots, name, asOfMs, 0)]));

  it('has no value where nothing was seen and none is natural', () => {
    const slots = set.create();
    set.fold(slots, 'BillPaid', {}, { atMs: T0, cycleStartMs: 0 });
    expect(values(slots, T0 + DAY)).toEqual({
      min: undefined,
      max: undefined,
      average: undefined,
      last: undefined,
      count: 0,
      days_quiet: undefined,
      sum: 0,
    });
  });

  it('answers what its name says', () => {
    const slots = set.create();
    fold(set, slots, T0, 4);
    fold(set, slots, T0 + 2 * HOUR, 9);
    fold(set, slots, T0 + HOUR, -1);
    const expected = { min: -1, max: 9, average: 4, last: 9, count: 3, sum: 12 };
    expect(values(slots, T0 + DAY)).toEqual({ ...expected, days_quiet: 22 / 24 });
    expect(values(set.decode(set.encode(slots)), T0 + DAY)).toEqual({ ...expected, days_quiet: 22 / 24 });
  });

  it('does not know the last value as of a time before it', () => {
    const slots = set.create();
    fold(set, slots, T0, 4);
    expect(set.value(slots, 'last', T0 - 1, 0)).toBeUndefined();
    expect(set.value(slots, 'days_quiet', T0 - 1, 0)).toBeUndefined();
  });

  it('leaves events alone whose field is absent or no number', () => {
    const slots = set.create();
    const context = { atMs: T0, cycleStartMs: 0 };
    for (const quantityMb of [null, undefined, 'x', Number.NaN]) {
      set.fold(slots, 'UsageRecorded', { quantityMb }, context);
    }
    expect(values(slots, T0)).toMatchObject({ sum: 0, min: undefined, count: 4 });
  });
});

describe('a feature set', () => {
  const base = feature({ name: 'mb', where: "kind == 'DATA'", matches: (event) => event.kind === 'DATA' });

  it('folds only what the filter lets through', () => {
    const set = createFeatureSet([base]);
    const slots = set.create();
    const changed: string[] = [];
    const context = { atMs: T0, cycleStartMs: 0, changed };
    expect(set.fold(slots, 'UsageRecorded', { kind: 'SMS', quantityMb: 1 }, context)).toBe(true);
    expect(changed).toEqual([]);
    expect(set.fold(slots, 'UsageRecorded', { kind: 'DATA', quantityMb: 1 }, context)).toBe(true);
    expect(changed).toEqual(['mb']);
    expect(set.fedBy('UsageRecorded')).toEqual([base]);
    expect(set.fedBy('BillPaid')).toEqual([]);
  });

  it('writes the same bytes for a tile that adds up to nothing, whether it was stored in between or not', () => {
    const set = createFeatureSet([feature({ name: 'mb' }), counting('uses', { kind: 'ever' })]);
    const kept = set.create();
    fold(set, kept, T0, 3);
    const stored = set.decode(set.encode(kept));
    for (const slots of [kept, stored]) {
      fold(set, slots, T0, -3);
      expect(set.value(slots, 'mb', T0, 0, T0)).toBe(0);
    }
    expect(set.encode(stored)).toEqual(set.encode(kept));
    expect(set.value(set.decode(set.encode(stored)), 'uses', T0, 0)).toBe(2);
  });

  it('reads the bytes of another set: kept features keep their content, new ones start now, dropped ones go', () => {
    const before = createFeatureSet([base, feature({ name: 'dropped', aggregation: 'average' })]);
    const slots = before.create();
    before.fold(slots, 'UsageRecorded', { kind: 'DATA', quantityMb: 8 }, { atMs: T0, cycleStartMs: 0 });
    const after = createFeatureSet([feature({ name: 'fresh' }), base]);
    after.learn(before.description);
    const read = after.decode(before.encode(slots));
    expect(after.value(read, 'mb', T0 + DAY, 0, T0)).toBe(0);
    expect(after.value(read, 'mb', T0 + HOUR, 0, T0)).toBe(8);
    expect(after.value(read, 'fresh', T0 + 5 * DAY, 0)).toBeUndefined();
    after.fold(read, 'UsageRecorded', { kind: 'SMS', quantityMb: 1 }, { atMs: T0 + 5 * DAY, cycleStartMs: 0 });
    expect(after.value(read, 'fresh', T0 + 6 * DAY - 1, 0)).toBeUndefined();
    expect(after.value(read, 'fresh', T0 + 6 * DAY, 0)).toBe(0);
    expect(after.value(after.decode(after.encode(read)), 'fresh', T0 + 6 * DAY - 1, 0)).toBeUndefined();
  });

  it('covers an added feature from when it was added, however late an event comes', () => {
    const before = createFeatureSet([feature({ name: 'kept' })]);
    const after = createFeatureSet([feature({ name: 'kept' }), counting('added', sliding(DAY, HOUR))]);
    const slots = before.create();
    for (let day = 0; day < 5; day++) fold(before, slots, T0 + day * DAY);
    after.learn(before.description);
    const read = after.decode(before.encode(slots));
    const late = { atMs: T0 + 3 * DAY, cycleStartMs: 0, foldedAtMs: T0 + 5 * DAY };
    for (const set of [after, createFeatureSet([...after.definitions])]) {
      set.fold(read, 'UsageRecorded', { quantityMb: 1 }, late);
      expect(set.coveredSince(read, 'added')).toBe(T0 + 5 * DAY);
      expect(set.value(read, 'added', T0 + 4 * DAY, 0)).toBeUndefined();
      expect(set.value(read, 'added', T0 + 6 * DAY - 1, 0)).toBeUndefined();
      expect(set.value(read, 'added', T0 + 6 * DAY, 0)).toBe(0);
    }
    const stored = after.decode(after.encode(read));
    after.fold(stored, 'UsageRecorded', { quantityMb: 1 }, { atMs: T0 - DAY, cycleStartMs: 0 });
    expect(after.coveredSince(stored, 'kept')).toBe(T0 - DAY);
    expect(after.coveredSince(stored, 'added')).toBe(T0 + 5 * DAY);
  });

  it('knows a customer whose features were all replaced: none of the new ones counted before', () => {
    const before = createFeatureSet([feature({ name: 'gone' })]);
    const after = createFeatureSet([counting('new', sliding(DAY, HOUR))]);
    const slots = before.create();
    fold(before, slots, T0);
    after.learn(before.description);
    // Written once without an event in between, as after a fact or a timer.
    const read = after.decode(after.encode(after.decode(before.encode(slots))));
    expect(after.coveredSince(read, 'new')).toBeUndefined();
    after.fold(read, 'UsageRecorded', {}, { atMs: T0 + HOUR, cycleStartMs: 0, foldedAtMs: T0 + 9 * DAY });
    expect(after.coveredSince(read, 'new')).toBe(T0 + 9 * DAY);
  });

  it('refuses equal names and windows that are no multiple of their hop', () => {
    expect(() => createFeatureSet([base, base])).toThrow(RangeError);
    expect(() => createFeatureSet([feature({ name: 'odd', window: sliding(100, 33) })])).toThrow(/multiples/);
  });

  it('refuses bytes that end too early', () => {
    const set = createFeatureSet([base]);
    const slots = set.create();
    set.fold(slots, 'UsageRecorded', { kind: 'DATA', quantityMb: 8 }, { atMs: T0, cycleStartMs: 0 });
    const bytes = set.encode(slots);
    for (let end = 5; end < bytes.length; end += 1) {
      expect(() => set.decode(bytes.subarray(0, end))).toThrow(RangeError);
    }
  });

  it('reaches back as far as its longest window with its offset', () => {
    const set = createFeatureSet([base, feature({ name: 'past', window: sliding(21 * DAY, DAY, 7 * DAY) })]);
    expect(set.horizonMs).toBe(28 * DAY);
  });
});
