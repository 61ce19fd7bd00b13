import { createTallyTopology, type Tally, type TallyEvent } from '@holdfast/testkit';
import { expect, it } from 'vitest';
import { deadLetters, world } from '../test/served-world.ts';
import type { Topology } from './topology.ts';

const SHARD = { topology: 'tally', partition: 0 };
const plain = createTallyTopology();

/** States are JSON behind a name that the shard's dictionary must have. */
function naming(own: string): Topology<Tally, TallyEvent> {
  const known = new Set([own]);
  return {
    ...plain,
    dictionary: {
      entries: { [own]: `text of ${own}` },
      learn(entries) {
        for (const name of Object.keys(entries)) known.add(name);
      },
    },
    encode: (state, layout) => Buffer.concat([Buffer.from(`${own}\n`), plain.encode(state, layout)]),
    read(id, bytes) {
      const end = bytes.indexOf('\n');
      const name = bytes.toString('utf8', 0, end);
      if (!known.has(name)) throw new RangeError(`nobody described ${name}`);
      return plain.read(id, bytes.subarray(end + 1));
    },
  };
}

it('what states refer to is kept with the shard before the first of them, and learnt by whoever claims it later', async () => {
  const w = world({ partitions: 1 });
  await w.worker('before', naming('one'));
  await w.worker('after', naming('two'));
  w.broker.assign({ before: [0] });
  w.send({ id: '1', customerId: 'alice', amount: 5 });
  await w.settle();
  expect((await w.store.readMeta(SHARD))?.dictionary).toEqual({ one: 'text of one' });

  w.broker.assign({ after: [0] });
  w.send({ id: '2', customerId: 'alice', amount: 2 });
  w.send({ id: '3', customerId: 'bob' });
  await w.settle();
  expect((await w.store.readMeta(SHARD))?.dictionary).toEqual({ one: 'text of one', two: 'text of two' });
  const { bytes } = await w.store.readState(SHARD, 'alice');
  expect(naming('two').read('alice', bytes ?? Buffer.alloc(0))).toMatchObject({ seen: ['1', '2'], total: 7 });
  expect(deadLetters(w)).toEqual([]);
});
