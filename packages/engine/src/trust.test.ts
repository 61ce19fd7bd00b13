import { createEngineWorld } from '@holdfast/testkit';
import { expect, it, onTestFinished } from 'vitest';

const SHARD = { topology: 'tally', partition: 0 };
const BACKLOG_AGE_MS = 600_000;

/** A worker that finds a backlog of that age; answers what the dispatcher could trust at each of its commits. */
async function trustAtCommits(ageMs: number): Promise<boolean[]> {
  const seen: Promise<{ readonly trusted: boolean }>[] = [];
  const world = createEngineWorld({
    partitions: 1,
    engine: { batchSize: 1 },
    store: {
      fault({ operation }) {
        if (operation === 'commit') seen.push(world.store.readState(SHARD, 'alice'));
        return undefined;
      },
    },
  });
  onTestFinished(() => world.close());
  for (let i = 0; i < 5; i++) world.send({ id: `${i}`, customerId: 'alice', amount: 1 });
  await world.clock.advance(ageMs);
  await world.worker('w1');
  world.broker.assign({ w1: [0] });
  await world.settle();
  seen.push(world.store.readState(SHARD, 'alice'));
  return (await Promise.all(seen)).map(({ trusted }) => trusted);
}

it('states are not to be trusted while an old backlog is folded, only once its end is reached', async () => {
  // The adoption, five records, and what is found at rest.
  expect(await trustAtCommits(BACKLOG_AGE_MS)).toEqual([false, false, false, false, false, false, true]);
});

it('states behind by a few seconds are trusted from the first commit after the adoption', async () => {
  expect(await trustAtCommits(2_000)).toEqual([false, false, true, true, true, true, true]);
});

it('states without a backlog are trusted from the adoption on', async () => {
  const world = createEngineWorld({ partitions: 1 });
  onTestFinished(() => world.close());
  await world.worker('w1');
  world.broker.assign({ w1: [0] });
  await world.clock.advance(1_000);
  expect((await world.store.readState(SHARD, 'alice')).trusted).toBe(true);
});
