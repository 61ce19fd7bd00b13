import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gatherWrites } from './gathered-writes.ts';

describe('writes of one turn', () => {
  it('leave together and in order, and those of the next turn after them', async () => {
    const sent: string[][] = [];
    const stream = new Writable({
      decodeStrings: false,
      writev(chunks, done) {
        sent.push(chunks.map(({ chunk }) => String(chunk)));
        done();
      },
    });
    gatherWrites(stream);
    for (const command of ['a', 'b', 'c']) stream.write(command);
    expect(sent).toEqual([]);
    await nextTurn();
    for (const command of ['d', 'e']) stream.write(command);
    await nextTurn();
    expect(sent).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
  });
});
