import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placesIn } from './capacity.ts';

const HOUR_MS = 3_600_000;
const max = fc.integer({ min: 1, max: 200 });
const shards = fc.integer({ min: 1, max: 64 });

const placesOf = (capacity: { max: number; perMs: number }, slotMs: number, partitionCount: number) =>
  Array.from({ length: partitionCount }, (_, partition) => placesIn(capacity, slotMs, { partition, partitionCount }));

it('shards together fill a slot, and differ by one place at the most', () => {
  fc.assert(
    fc.property(max, shards, fc.integer({ min: -500, max: 500_000 }), (most, partitionCount, slot) => {
      const places = placesOf({ max: most, perMs: HOUR_MS }, slot * HOUR_MS, partitionCount);
      expect(places.reduce((sum, own) => sum + own, 0)).toBe(most);
      expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
    }),
  );
});

it('in as many slots as there are shards each has had the same', () => {
  fc.assert(
    fc.property(max, shards, fc.nat(500_000), (most, partitionCount, first) => {
      const slots = Array.from({ length: partitionCount }, (_, i) =>
        placesOf({ max: most, perMs: HOUR_MS }, (first + i) * HOUR_MS, partitionCount),
      );
      const totals = Array.from({ length: partitionCount }, (_, partition) =>
        slots.reduce((sum, places) => sum + (places[partition] ?? 0), 0),
      );
      expect(new Set(totals)).toEqual(new Set([most]));
    }),
  );
});
