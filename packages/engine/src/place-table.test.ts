import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlaceTable, hashOf, NOWHERE } from './place-table.ts';

/** Few hashes, so that many ids meet in a slot. */
const narrow = (id: string, hashes: number) => Math.abs(hashOf(id)) % hashes;

const steps = fc.array(
  fc.record({ id: fc.nat({ max: 200 }).map((n) => `c${n}`), what: fc.constantFrom('put', 'put', 'remove') }),
  { maxLength: 400 },
);

describe('a table of places', () => {
  it('finds what a Map would find, however the ids meet', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 3, 70, 1_000), (all, hashes) => {
        const ids: string[] = [];
        const table = createPlaceTable((place, id) => ids[place] === id);
        const expected = new Map<string, number>();
        for (const { id, what } of all) {
          const hash = narrow(id, hashes);
          if (what === 'put') {
            table.put(id, hash, ids.length);
            expected.set(id, ids.length);
            ids.push(id);
          } else {
            table.remove(expected.get(id) ?? 1_000_000, hash);
            expected.delete(id);
          }
        }
        for (let n = 0; n <= 200; n++) {
          const id = `c${n}`;
          expect(table.find(id, narrow(id, hashes))).toBe(expected.get(id) ?? NOWHERE);
        }
      }),
    );
  });

  it('keeps the place an id got since when an older one is removed', () => {
    const table = createPlaceTable(() => true);
    table.put('a', hashOf('a'), 1);
    table.put('a', hashOf('a'), 2);
    table.remove(1, hashOf('a'));
    expect(table.find('a', hashOf('a'))).toBe(2);
  });

  it('is empty once it was cleared', () => {
    const table = createPlaceTable(() => true);
    table.put('a', hashOf('a'), 1);
    table.clear();
    expect(table.find('a', hashOf('a'))).toBe(NOWHERE);
  });
});
