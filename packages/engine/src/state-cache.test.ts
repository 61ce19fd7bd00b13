import { describe, expect, it } from 'vitest';
import { hashOf, NOWHERE } from './place-table.ts';
import { createStateCache, type StateCache } from './state-cache.ts';

const state = (id: string, text: string, indexedDueMs?: number) => ({
  id,
  hash: hashOf(id),
  committed: Buffer.from(text),
  indexedDueMs,
});
const find = (cache: StateCache, id: string) => cache.find(id, hashOf(id));

function read(cache: StateCache, id: string) {
  const place = find(cache, id);
  if (place === NOWHERE) return undefined;
  return { id, hash: hashOf(id), committed: Buffer.from(cache.bytesAt(place)), indexedDueMs: cache.dueAt(place) };
}

describe('the cache of committed states', () => {
  it('gives back the last state of each entity with its place in the timer index', () => {
    const cache = createStateCache(100_000);
    cache.write([state('a', 'old', 7), state('b', 'b'), state('a', 'new', 9)]);
    expect(read(cache, 'a')).toEqual(state('a', 'new', 9));
    expect(read(cache, 'b')).toEqual(state('b', 'b'));
    expect(read(cache, 'c')).toBeUndefined();
  });

  it('writes what lies in it anew, however much of it has to go for that', () => {
    const cache = createStateCache(4_000);
    const all = Array.from({ length: 12 }, (_, i) => state(`n${i}`, `${i}`.padEnd(200)));
    cache.write(all);
    const kept = all.filter(({ id }) => find(cache, id) !== NOWHERE);
    const again = kept.map((each) => ({ ...each, committed: cache.bytesAt(find(cache, each.id)) }));
    cache.write([state('large', 'x'.repeat(700)), ...again]);
    const [newest] = kept.slice(-1);
    expect(newest && read(cache, newest.id)).toEqual(newest);
  });

  it('forgets who was touched longest ago and keeps within its bounds', () => {
    const cache = createStateCache(64 * 1024);
    const ids = Array.from({ length: 1_000 }, (_, i) => `n${i}`);
    for (const id of ids) cache.write([state(id, id.padEnd(100)), state('hot', 'hot')]);
    const kept = ids.filter((id) => find(cache, id) !== NOWHERE);
    expect(read(cache, 'hot')).toEqual(state('hot', 'hot'));
    expect(kept.at(-1)).toBe('n999');
    expect(kept).toEqual(ids.slice(-kept.length));
    expect(kept.length * 128).toBeLessThan(64 * 1024);
    expect(kept.length).toBeGreaterThan(100);
    for (const id of kept) expect(read(cache, id)).toEqual(state(id, id.padEnd(100)));
  });

  it('keeps its places apart through many times its size', () => {
    const cache = createStateCache(4_096);
    for (let i = 0; i < 20_000; i++) cache.write([state(`n${i}`, `${i}`.padEnd(300))]);
    expect(read(cache, 'n19999')).toEqual(state('n19999', '19999'.padEnd(300)));
    expect(read(cache, 'n0')).toBeUndefined();
  });

  it('holds no state that is too large for it, nor the smaller one before, nor what was dropped', () => {
    const cache = createStateCache(4_000);
    cache.write([state('a', 'small'), state('a', 'x'.repeat(2_000)), state('b', 'b')]);
    cache.drop('b');
    expect([read(cache, 'a'), read(cache, 'b')]).toEqual([undefined, undefined]);
  });

  it('tells ids apart that have one hash, and leaves those to the store that take more than a byte a character', () => {
    const cache = createStateCache(4_000);
    cache.write([{ ...state('a', 'a'), hash: 7 }, { ...state('b', 'b'), hash: 7 }, state('客', 'x')]);
    expect(['a', 'b', 'c'].map((id) => cache.find(id, 7) === NOWHERE)).toEqual([false, false, true]);
    expect(cache.bytesAt(cache.find('b', 7)).toString()).toBe('b');
    expect(find(cache, '客')).toBe(NOWHERE);
  });

  it('holds nothing of who has no state', () => {
    const cache = createStateCache(4_000);
    cache.write([{ ...state('a', ''), committed: undefined, indexedDueMs: 7 }]);
    expect(read(cache, 'a')).toBeUndefined();
  });
});
