import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFeatureSet } from './feature-set.ts';
import type { Aggregation, BoundFeature, FeatureSlots, Window } from './model.ts';
import { SLACK_TILES } from './slot.ts';

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
  atMs: fc.integer({ min: T0, max: T0 + 50 * DAY }),
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
        expect(set.fold(read, 'Use', { ...one }, context)).toEqual(set.fold(kept, 'Use', { ...one }, context));
      }
      expect(set.encode(read)).toEqual(set.encode(kept));
      expect(set.encode(read).length).toBeLessThanOrEqual(set.maxBytes);
    }),
  );
});

it('a known sliding value equals a recount of the raw events in its tiles', () => {
  fc.assert(
    fc.property(uses, fc.integer({ min: T0, max: T0 + 60 * DAY }), (list, asOfMs) => {
      const slots = foldAll(list);
      for (const { name, aggregation, window } of definitions) {
        if (window.kind !== 'sliding' || aggregation === 'last' || aggregation === 'elapsedSince') continue;
        const expected = recount(list, aggregation, window, asOfMs);
        const value = set.value(slots, name, asOfMs, 0);
        if (value === undefined || expected === undefined) expect(value).toBe(expected);
        else expect(value).toBeCloseTo(expected, 1);
      }
    }),
  );
});

type Sliding = Extract<Window, { kind: 'sliding' }>;

/** From the raw events; undefined where coverage or the tiles kept do not reach. */
function recount(list: readonly Use[], aggregation: Aggregation, window: Sliding, asOfMs: number): number | undefined {
  const tile = (ms: number) => Math.floor(ms / window.hopMs);
  const firstMinute = Math.floor(Math.min(...list.map(({ atMs }) => atMs)) / 60_000) * 60_000;
  if (list.length === 0 || asOfMs - window.lengthMs - window.offsetMs < firstMinute) return undefined;
  const data = list.filter(({ isData }) => isData);
  const last = tile(asOfMs) - window.offsetMs / window.hopMs;
  const first = last - window.lengthMs / window.hopMs + 1;
  const keptTiles = (window.lengthMs + window.offsetMs) / window.hopMs + SLACK_TILES;
  if (data.length > 0 && first <= Math.max(...data.map(({ atMs }) => tile(atMs))) - keptTiles) return undefined;
  const amounts = data.filter(({ atMs }) => tile(atMs) >= first && tile(atMs) <= last).map(({ amount }) => amount);
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  if (aggregation === 'count') return amounts.length;
  if (aggregation === 'sum') return sum;
  if (amounts.length === 0) return undefined;
  if (aggregation === 'average') return sum / amounts.length;
  return aggregation === 'min' ? Math.min(...amounts) : Math.max(...amounts);
}
