import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cycleOf, DAY, DEFINITIONS, HOUR, LINE_DEFINITIONS, T0 } from '../test/recount.ts';
import { createFeatureSet } from './feature-set.ts';
import type { BoundFeature, Window } from './model.ts';

const days = (length: number): Window => ({ kind: 'sliding', lengthMs: length * DAY, hopMs: DAY, offsetMs: 0 });

function sum(name: string, window: Window, field = 'amount'): BoundFeature {
  return { name, from: 'Use', aggregation: 'sum', field, where: '', window, matches: () => true };
}

const bytesOf = (features: readonly BoundFeature[]) =>
  Object.fromEntries(createFeatureSet(features).size.features.map(({ name, bytes }) => [name, bytes]));

it('the sizes of the features and what is said about them add up to the bound', () => {
  const { size, maxBytes } = createFeatureSet(DEFINITIONS);
  expect(size.bytes).toBe(maxBytes);
  const rest = size.bytes - size.features.reduce((total, { bytes }) => total + bytes, 0);
  expect(rest).toBeGreaterThan(0);
  expect(rest).toBeLessThan(20 + 11 * DEFINITIONS.length);
});

it('what two features share is counted once and named', () => {
  const alone = createFeatureSet([sum('week', days(7)), sum('other', days(7), 'price')]);
  const both = createFeatureSet([sum('week', days(7)), sum('days', days(3)), sum('other', days(7), 'price')]);
  expect(both.size.features.find(({ name }) => name === 'days')?.sharedWith).toEqual(['week']);
  expect(both.maxBytes - alone.maxBytes).toBeLessThan(12);
});

it('a longer window takes more, and different values most', () => {
  const { week = 0, month = 0 } = { ...bytesOf([sum('week', days(7))]), ...bytesOf([sum('month', days(30))]) };
  expect(month).toBeGreaterThan(3 * week);
  const { places = 0 } = bytesOf([{ ...sum('places', days(7), 'place'), aggregation: 'distinct' }]);
  expect(places).toBeGreaterThan(10 * week);
});

it('no events take more than the bound, however large their amounts', () => {
  const set = createFeatureSet([...DEFINITIONS, ...LINE_DEFINITIONS]);
  const amount = fc.constantFrom(2 ** 42, -(2 ** 42), 2 ** 41 + 0.5, 1e300, -1e300, 0.001);
  const uses = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 40 * 24 }), amount }), {
    minLength: 200,
    maxLength: 600,
  });
  fc.assert(
    fc.property(uses, (list) => {
      const slots = set.create();
      for (const [index, { atMs, amount: told }] of list.entries()) {
        const at = T0 + atMs * HOUR;
        const event = {
          isData: true,
          isAbroad: true,
          amount: told,
          place: String(index),
          subscriptionId: String(index % 20),
        };
        set.fold(slots, 'Use', event, { atMs: at, cycleStartMs: cycleOf(at) });
      }
      const bytes = set.encode(slots);
      expect(bytes.length).toBeLessThanOrEqual(set.maxBytes);
      expect(set.encode(set.decode(bytes))).toEqual(bytes);
    }),
    { numRuns: 20 },
  );
});

it('a sum stays at the most that can be kept, and an amount beyond it is none', () => {
  const set = createFeatureSet([
    sum('all', { kind: 'ever' }),
    { ...sum('uses', { kind: 'ever' }), aggregation: 'average' },
  ]);
  const slots = set.create();
  const most = 2 ** 52 / 1024;
  for (const amount of [most, 1, 1e300, most]) set.fold(slots, 'Use', { amount }, { atMs: T0, cycleStartMs: T0 });
  const read = set.decode(set.encode(slots));
  expect(set.value(read, 'all', T0, T0)).toBe(most);
  expect(set.value(read, 'uses', T0, T0)).toBe(most / 3);
});
