import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredTally } from './ports/store.ts';
import { createTallies, MAX_TALLIES } from './tallies.ts';
import type { TallyChange } from './topology.ts';

const HOUR_MS = 3_600_000;

describe('tallies', () => {
  it('are 0 before the first change, and forgotten when they come to 0', () => {
    const tallies = createTallies(undefined);
    expect(tallies.at('n', 0)).toBe(0);
    tallies.change([{ name: 'n', by: 3 }], 0);
    tallies.change([{ name: 'n', by: -1 }], 0);
    expect([tallies.at('n', 0), tallies.changes(0)]).toEqual([2, { n: { value: 2 } }]);
    tallies.settle();
    expect(tallies.changes(0)).toBeUndefined();
    tallies.change([{ name: 'n', by: -2 }], 0);
    expect([tallies.at('n', 0), tallies.changes(0)]).toEqual([0, { n: null }]);
  });

  it('that come back to what they were are no change', () => {
    const tallies = createTallies({ n: { value: 1 } });
    tallies.change([{ name: 'n', by: 5 }], 0);
    tallies.change([{ name: 'n', by: -5 }], 0);
    tallies.change([{ name: 'm', by: 2 }], 0);
    tallies.change([{ name: 'm', by: -2 }], 0);
    expect(tallies.changes(0)).toBeUndefined();
  });

  it('count until their time by whatever time is asked for, however late they are forgotten', () => {
    const tallies = createTallies(undefined);
    tallies.change([{ name: 'slot', by: 4, untilMs: 1_000 }], 0);
    expect([tallies.at('slot', 999), tallies.at('slot', 1_000)]).toEqual([4, 0]);
    expect(tallies.changes(1_000 + HOUR_MS - 1)).toEqual({ slot: { value: 4, untilMs: 1_000 } });
    tallies.settle();
    expect(tallies.at('slot', 999)).toBe(4);
    expect(tallies.changes(1_000 + HOUR_MS)).toEqual({ slot: null });
    tallies.rollback();
    expect(tallies.at('slot', 999)).toBe(4);
  });

  it('keep their time where a change names none, and take another where it does', () => {
    const tallies = createTallies({ n: { value: 1, untilMs: 50 } });
    tallies.change([{ name: 'n', by: 1 }], 0);
    expect(tallies.changes(0)).toEqual({ n: { value: 2, untilMs: 50 } });
    tallies.change([{ name: 'n', by: 1, untilMs: 90 }], 0);
    expect([tallies.at('n', 60), tallies.changes(0)]).toEqual([3, { n: { value: 3, untilMs: 90 } }]);
  });

  it.each([
    ['that is a fraction', { name: 'n', by: 0.5 }, /no safe integer/],
    ['that leaves the safe range', { name: 'n', by: Number.MAX_SAFE_INTEGER }, /no safe integer/],
    ['until no time at all', { name: 'n', by: 1, untilMs: Number.NaN }, /no number of ms/],
    ['without a name', { name: '', by: 1 }, /1 to 200/],
  ])('refuse a change %s', (_, change, message) => {
    const tallies = createTallies({ n: { value: 1 } });
    expect(() => tallies.change([change], 0)).toThrow(message);
    tallies.rollback();
    expect(tallies.changes(0)).toBeUndefined();
  });

  it('refuse one more than a shard keeps, but first forget what is over', () => {
    const full = Object.fromEntries(
      Array.from({ length: MAX_TALLIES }, (_, i) => [`n${i}`, { value: 1, untilMs: i + 1 }]),
    );
    const tallies = createTallies(full);
    expect(() => tallies.change([{ name: 'more', by: 1 }], 0)).toThrow(/10000 of them at the most/);
    tallies.change([{ name: 'n7', by: 1 }], 0);
    tallies.change([{ name: 'more', by: 1 }], HOUR_MS + 1);
    expect([tallies.at('more', 0), tallies.at('n0', 0)]).toEqual([1, 0]);
  });

  const change: fc.Arbitrary<TallyChange> = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c'),
      by: fc.integer({ min: -3, max: 3 }),
      untilMs: fc.integer({ min: 0, max: 9 }),
    },
    { requiredKeys: ['name', 'by'] },
  );
  const batch = fc.record({ changes: fc.array(change, { maxLength: 5 }), isThrown: fc.boolean() });

  it('written batch by batch are those of a shard that was claimed anew before each, less what was taken back', () => {
    fc.assert(
      fc.property(fc.array(batch), (batches) => {
        const lasting = createTallies(undefined);
        const stored = new Map<string, StoredTally>();
        const kept = new Map<string, number>();
        for (const { changes, isThrown } of batches) {
          const anew = createTallies(Object.fromEntries(stored));
          for (const each of [lasting, anew]) each.change(changes, 0);
          if (isThrown) {
            lasting.rollback();
            continue;
          }
          for (const { name, by } of changes) kept.set(name, (kept.get(name) ?? 0) + by);
          expect(lasting.changes(0)).toEqual(anew.changes(0));
          for (const [name, tally] of Object.entries(lasting.changes(0) ?? {})) {
            if (tally) stored.set(name, tally);
            else stored.delete(name);
          }
          lasting.settle();
        }
        for (const name of ['a', 'b', 'c']) expect(stored.get(name)?.value ?? 0).toBe(kept.get(name) ?? 0);
        expect(new Map(lasting.all())).toEqual(stored);
      }),
    );
  });
});
