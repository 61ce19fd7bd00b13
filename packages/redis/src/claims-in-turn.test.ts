import { describe, expect, it } from 'vitest';
import { createClaimsInTurn } from './claims-in-turn.ts';

/** Things that are there once; `tries` counts how often somebody asked for something that was gone. */
function shelf(things: readonly string[]) {
  const there = new Set(things);
  let tries = 0;
  const claimInTurn = createClaimsInTurn<string, undefined>(() => undefined);
  const take = () =>
    claimInTurn({
      async find(others) {
        return [...there].slice(0, others + 2);
      },
      async claim(ids) {
        const thing = ids.find((id) => there.has(id));
        if (thing === undefined || thing !== ids[0]) tries += 1;
        if (thing !== undefined) there.delete(thing);
        return thing;
      },
    });
  return { take, there, tries: () => tries };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('claims of those who ask at the same time', () => {
  it('give each something else, in the order in which they came, at the first try', async () => {
    const { take, tries } = shelf(names(100));
    const given = await Promise.all(names(80).map(() => take()));
    expect(given).toEqual(names(80));
    expect(tries()).toBe(0);
  });

  it('give nothing to those for whom nothing is left', async () => {
    const { take } = shelf(names(3));
    const given = await Promise.all(names(5).map(() => take()));
    expect(given).toEqual(['0', '1', '2', undefined, undefined]);
  });

  it('end for whoever finds that others are always faster', async () => {
    const claimInTurn = createClaimsInTurn<string, undefined>(() => undefined);
    const taken = claimInTurn({ find: async () => ['a'], claim: async () => undefined });
    await expect(taken).rejects.toThrow('taken by others');
  });

  it('fail for him whose look fails, and for nobody else', async () => {
    const claimInTurn = createClaimsInTurn<string, undefined>(() => undefined);
    const broken = claimInTurn({ find: () => Promise.reject(new Error('away')), claim: async () => 'x' });
    const sound = claimInTurn({ find: async () => ['a'], claim: async () => 'a' });
    await expect(broken).rejects.toThrow('away');
    expect(await sound).toBe('a');
  });
});
