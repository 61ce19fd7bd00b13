import { describe, expect, it } from 'vitest';
import { createPositions } from './position.ts';

const wantedAt = (offset: number) => {
  const positions = createPositions();
  positions.want('t', 0, offset);
  return positions;
};

describe('positions', () => {
  it('drop what nobody asked for', () => {
    const positions = wantedAt(5);
    expect(positions.judge('t', 1, 5)).toEqual({ kind: 'drop' });
    expect(positions.judge('u', 0, 5)).toEqual({ kind: 'drop' });
  });

  it('drop everything after forgetting', () => {
    const one = wantedAt(5);
    one.forget('t', 0);
    expect(one.judge('t', 0, 5)).toEqual({ kind: 'drop' });
    const all = wantedAt(5);
    all.clear();
    expect(all.judge('t', 0, 5)).toEqual({ kind: 'drop' });
  });

  it('take what was fetched from the wanted offset', () => {
    expect(wantedAt(5).judge('t', 0, 5)).toEqual({ kind: 'take' });
  });

  it('go back when a fetch began earlier, every time', () => {
    const positions = wantedAt(5);
    expect(positions.judge('t', 0, 2)).toEqual({ kind: 'seek', offset: 5 });
    expect(positions.judge('t', 0, 2)).toEqual({ kind: 'seek', offset: 5 });
  });

  it('go back once when a fetch began later, and take the same later start the second time', () => {
    const positions = wantedAt(5);
    expect(positions.judge('t', 0, 9)).toEqual({ kind: 'seek', offset: 5 });
    expect(positions.judge('t', 0, 9)).toEqual({ kind: 'take' });
  });

  it('go back again when the later start is another one', () => {
    const positions = wantedAt(5);
    positions.judge('t', 0, 9);
    expect(positions.judge('t', 0, 12)).toEqual({ kind: 'seek', offset: 5 });
  });

  it('remember a later start when the receiver asks for the same offset again, not for another', () => {
    const same = wantedAt(5);
    same.judge('t', 0, 9);
    same.want('t', 0, 5);
    expect(same.judge('t', 0, 9)).toEqual({ kind: 'take' });
    const other = wantedAt(5);
    other.judge('t', 0, 9);
    other.want('t', 0, 4);
    expect(other.judge('t', 0, 9)).toEqual({ kind: 'seek', offset: 4 });
  });

  const stretches = [
    { name: 'beginning at the position', first: 5, last: 6, next: 7 },
    { name: 'reaching over the position', first: 3, last: 8, next: 9 },
    { name: 'ending before it', first: 3, last: 4, next: 5 },
    { name: 'beginning after it, because records may lie between', first: 6, last: 8, next: 5 },
  ];
  for (const { name, first, last, next } of stretches) {
    it(`stand at ${next} after an empty stretch ${name}`, () => {
      const positions = wantedAt(5);
      expect(positions.advance('t', 0, first, last)).toBe(next !== 5);
      expect(positions.judge('t', 0, next)).toEqual({ kind: 'take' });
    });
  }
});
