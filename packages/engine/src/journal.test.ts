import { createEngineWorld, TALLY_DECISIONS } from '@holdfast/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeJournal, encodeJournal, type JournalLine } from './journal.ts';

describe('the journal', () => {
  it('is read as it was written', () => {
    const lines: JournalLine[] = [
      { topic: 'in.a', offset: 7 },
      { timer: 'alice', nowMs: 5 },
      { adopt: 'bob\n{"x"}', offsets: [1, 4], nowMs: 6 },
    ];
    expect(decodeJournal(encodeJournal(lines))).toEqual(lines);
    expect(decodeJournal(encodeJournal([]))).toEqual([]);
  });

  it('names the decisions that were adopted by their offsets in the decision log', async () => {
    const world = createEngineWorld({ partitions: 1 });
    onTestFinished(() => world.close());
    await world.worker('w1');
    world.broker.assign({ w1: [0] });
    await world.settle();
    const before = world.store.snapshot();
    world.send({ id: '1', customerId: 'alice', decide: 'x' });
    world.send({ id: '2', customerId: 'bob', decide: 'y' });
    await world.settle();
    const [, first, second] = world.broker.records(TALLY_DECISIONS, 0);
    // The store forgets both; the next claim finds them in the log.
    world.store.restore(before);
    world.store.disconnectAll();
    await world.clock.advance(3_000);
    await world.settle();
    const lines = world.store.journal({ topology: 'tally', partition: 0 }).flatMap(decodeJournal);
    const adoptions = lines.flatMap((line) => ('adopt' in line ? [[line.adopt, line.offsets]] : []));
    expect(adoptions).toEqual([
      ['alice', [first?.offset]],
      ['bob', [second?.offset]],
    ]);
  });
});
