import { createTallyTopology, type EngineWorld, TALLY_ERASURE, type TallyEvent, tallyMessage } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, served, world } from '../test/served-world.ts';

const SHARD = { topology: 'tally', partition: 0 };

async function keptOf({ store }: EngineWorld, customerId: string): Promise<readonly string[]> {
  const records = await store.readTold(SHARD, customerId);
  return records.map((record) => (JSON.parse(String(record)) as TallyEvent).id);
}

describe('records kept with an entity', () => {
  it('are those its rules ask for, as they were in the log, the newest first', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice', isKept: true });
    created.send({ id: '2', customerId: 'alice' });
    created.send({ id: '3', customerId: 'bob', isKept: true, decide: 'x' });
    created.send({ id: '4', customerId: 'alice', isKept: true });
    await created.settle();
    expect(await keptOf(created, 'alice')).toEqual(['4', '1']);
    expect(await keptOf(created, 'bob')).toEqual(['3']);
    const [first] = await created.store.readTold(SHARD, 'bob');
    const inLog = created.broker.records('in.a', 0).concat(created.broker.records('in.b', 0));
    expect(inLog.some(({ value }) => value?.equals(first ?? Buffer.alloc(0)))).toBe(true);
  });

  it('are there once, however often the same record comes', async () => {
    const created = await served();
    const event = { id: '1', customerId: 'alice', isKept: true, occurredAt: created.clock.now() };
    for (let i = 0; i < 3; i++) {
      created.broker.append('in.a', 0, tallyMessage(event));
      await created.settle();
    }
    expect(await keptOf(created, 'alice')).toEqual(['1']);
  });

  it('are not of a record that makes the rules throw, and those beside it are there once', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice', isKept: true });
    created.send({ id: '2', customerId: 'alice', isKept: true, bomb: true });
    created.send({ id: '3', customerId: 'alice', isKept: true });
    await created.settle();
    expect(deadLetters(created)).toHaveLength(1);
    expect(await keptOf(created, 'alice')).toEqual(['3', '1']);
  });

  it('go with an erasure, and a new customer begins with what happens after it', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice', isKept: true });
    created.send({ id: '1', customerId: 'bob', isKept: true });
    await created.settle();
    await created.clock.advance(1_000);
    const headers = { 'holdfast-kind': Buffer.from(TALLY_ERASURE) };
    created.send({ id: '2', customerId: 'alice', isKept: true });
    created.broker.append('in.b', 0, { key: null, value: Buffer.from('alice'), headers });
    await created.settle();
    expect(await keptOf(created, 'alice')).toEqual([]);
    expect(await keptOf(created, 'bob')).toEqual(['1']);
    await created.clock.advance(1_000);
    created.send({ id: '3', customerId: 'alice', isKept: true });
    await created.settle();
    expect(await keptOf(created, 'alice')).toEqual(['3']);
  });

  it('are kept only in a shard that no worker claims which would leave them behind at an erasure', async () => {
    const topology = { ...createTallyTopology(), codecVersion: 2, keepsFromLayout: 2 };
    const created = world({ partitions: 1 });
    await created.worker('one', topology);
    created.broker.assign({ one: [0] });
    created.send({ id: '1', customerId: 'alice', isKept: true });
    await created.settle();
    expect(await keptOf(created, 'alice')).toEqual([]);
    expect(created.store.finaliseLayout(SHARD, 2)).toBe('raised');
    created.send({ id: '2', customerId: 'alice', isKept: true });
    await created.settle();
    expect(await keptOf(created, 'alice')).toEqual(['2']);
  });
});
