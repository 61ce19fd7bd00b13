import { createTallyTopology, type EngineWorld, TALLY_DECISIONS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, world } from '../test/served-world.ts';

const tally = createTallyTopology();
const DAMAGE = Buffer.from([99]);

/** A worker that stored what nobody can read for whoever told it of `damage`. */
const damaging = {
  ...tally,
  encode: (state: Parameters<typeof tally.encode>[0], layout: number) =>
    state.seen.includes('damage') ? DAMAGE : tally.encode(state, layout),
};

/** Alice's state is damaged, bob's is not; a worker that takes the shard over finds it. */
async function takenOver(options: Parameters<typeof world>[0] = {}): Promise<EngineWorld> {
  const w = world({ partitions: 1, ...options });
  await w.worker('damaging', damaging);
  w.broker.assign({ damaging: [0] });
  w.send({ id: 'before', customerId: 'bob' });
  w.send({ id: 'damage', wakeInMs: 60_000 });
  await w.settle();
  await w.worker('reader');
  w.broker.assign({ reader: [0] });
  return w;
}

const stored = async (w: EngineWorld, id: string) =>
  (await w.store.readState({ topology: 'tally', partition: 0 }, id)).bytes;

describe('a stored state that cannot be read', () => {
  it('stays as it is, what is told to it goes to the dead letters, and the others are served', async () => {
    const w = await takenOver();
    w.send({ id: 'a-1' });
    w.send({ id: 'b-1', customerId: 'bob' });
    w.send({ id: 'a-2' });
    await w.settle();
    w.send({ id: 'a-3' });
    await w.settle();
    expect(deadLetters(w)).toEqual(['state-unreadable', 'state-unreadable', 'state-unreadable']);
    expect(await stored(w, 'alice')).toEqual(DAMAGE);
    expect(JSON.parse(String(await stored(w, 'bob')))).toMatchObject({ seen: ['before', 'b-1'] });
    expect(w.troubles).toContain('state-unreadable');
    expect(w.stops).toEqual([]);
  });

  it('keeps its timer for later, and holds no other timer back', async () => {
    const w = await takenOver();
    w.send({ id: 'b-1', customerId: 'bob', wakeInMs: 70_000 });
    await w.settle();
    await w.clock.advance(120_000);
    expect(JSON.parse(String(await stored(w, 'bob')))).toMatchObject({ fired: [expect.stringMatching(/^wall/)] });
    expect(await stored(w, 'alice')).toEqual(DAMAGE);
    expect(w.stops).toEqual([]);
  });

  it('again and again in a row stops the shard: then it is not one state', async () => {
    const w = await takenOver({ engine: { maxFailuresInRow: 3 } });
    for (let i = 0; i < 6; i++) {
      w.send({ id: `a-${i}` });
      await w.clock.advance(1_000);
    }
    expect(w.stops).toEqual([{ partition: 0, reason: 'step-defect' }]);
  });

  it('of whom a decision was released stops the shard: a contact must not be forgotten', async () => {
    const w = world({ partitions: 1 });
    await w.worker('damaging', damaging);
    w.broker.assign({ damaging: [0] });
    w.queue.setStopped(true);
    w.send({ id: 'damage', decide: 'x' });
    await w.clock.advance(1_000);
    expect(w.broker.records(TALLY_DECISIONS, 0).length).toBeGreaterThan(1);
    await w.worker('reader');
    w.broker.assign({ reader: [0] });
    w.queue.setStopped(false);
    await w.clock.advance(1_000);
    expect(w.stops).toEqual([{ partition: 0, reason: 'step-defect' }]);
  });
});
