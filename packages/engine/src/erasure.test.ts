import { createTallyTopology, type EngineWorld, TALLY_DECISIONS, TALLY_ERASURE } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { served, world } from '../test/served-world.ts';

const SHARD = { topology: 'tally', partition: 0 };
const MINUTE_MS = 60_000;

/** The record an operator's command appends. */
function erase({ broker }: EngineWorld, customerId: string): void {
  const headers = { 'holdfast-kind': Buffer.from(TALLY_ERASURE) };
  broker.append('in.b', 0, { key: null, value: Buffer.from(customerId), headers });
}

async function seenOf(created: EngineWorld, customerId: string): Promise<readonly string[] | null> {
  return (await created.state(customerId))?.seen ?? null;
}

/** A served world whose commits can be kept waiting, so that what comes meanwhile is one batch. */
async function stalled(): Promise<{ created: EngineWorld; hold(): void; release(): void }> {
  const held = Promise.withResolvers<void>();
  let isHolding = false;
  const created = await served({
    store: {
      fault: ({ operation }) =>
        isHolding && operation === 'commit' ? { kind: 'delayed-reply', until: held.promise } : undefined,
    },
  });
  return {
    created,
    hold() {
      isHolding = true;
    },
    release() {
      isHolding = false;
      held.resolve();
    },
  };
}

describe('an erasure', () => {
  it('leaves nothing of the customer, and all of the others', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice', wakeInMs: MINUTE_MS });
    created.send({ id: '2', customerId: 'bob' });
    await created.settle();
    erase(created, 'alice');
    await created.settle();
    expect(await created.state('alice')).toBeNull();
    expect(created.store.entityIds(SHARD)).toEqual(['bob']);
    await created.clock.advance(2 * MINUTE_MS);
    expect(created.store.entityIds(SHARD)).toEqual(['bob']);
    expect(await seenOf(created, 'bob')).toEqual(['2']);
  });

  it('drops what happened before it and comes later, and lets a new customer begin with what happens after it', async () => {
    const created = await served();
    created.send({ id: 'old', customerId: 'alice', amount: 5 });
    await created.settle();
    const beforeMs = created.clock.now();
    await created.clock.advance(1_000);
    erase(created, 'alice');
    await created.settle();
    await created.clock.advance(1_000);
    created.send({ id: 'late', customerId: 'alice', occurredAt: beforeMs });
    await created.settle();
    expect(await created.state('alice')).toBeNull();
    created.send({ id: 'new', customerId: 'alice', amount: 1 });
    created.send({ id: 'late too', customerId: 'alice', occurredAt: beforeMs });
    await created.settle();
    expect(await created.state('alice')).toMatchObject({ seen: ['new'], total: 1 });
  });

  it('in the middle of a batch takes what the batch has of the customer with it: timers, decisions, jobs, history', async () => {
    const { created, hold, release } = await stalled();
    hold();
    created.send({ id: '0', customerId: 'bob' });
    await created.clock.advance(500);
    created.send({ id: '1', customerId: 'alice', decide: 'x', wakeInMs: 1 });
    created.send({ id: '2', customerId: 'bob', decide: 'x' });
    await created.clock.advance(500);
    erase(created, 'alice');
    await created.clock.advance(500);
    created.send({ id: '3', customerId: 'alice' });
    await created.clock.advance(500);
    release();
    await created.settle();
    expect(await seenOf(created, 'alice')).toEqual(['3']);
    expect(await seenOf(created, 'bob')).toEqual(['0', '2']);
    expect([...created.queue.jobs.values()].map(({ entityId }) => entityId)).toEqual(['bob']);
  });

  it('leaves no trace of a timer that would have been due later in the same batch', async () => {
    const { created, hold, release } = await stalled();
    created.send({ id: '1', customerId: 'alice', wakeInMs: 1_000 });
    await created.settle();
    hold();
    created.send({ id: '2', customerId: 'bob' });
    await created.clock.advance(500);
    erase(created, 'alice');
    await created.clock.advance(1_500);
    created.send({ id: '3', customerId: 'bob' });
    await created.clock.advance(500);
    release();
    await created.settle();
    expect(await seenOf(created, 'bob')).toEqual(['2', '3']);
    expect(created.store.entityIds(SHARD)).toEqual(['bob']);
  });

  it('is not undone by a report of what went on before, which makes nobody anew', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice', decide: 'x' });
    await created.settle();
    await created.clock.advance(1_000);
    erase(created, 'alice');
    await created.settle();
    await created.clock.advance(1_000);
    created.send({ id: 'report', customerId: 'alice', isEcho: true });
    created.send({ id: 'of a stranger', customerId: 'carol', isEcho: true });
    await created.settle();
    expect(await created.state('alice')).toBeNull();
    expect(await seenOf(created, 'carol')).toEqual(['of a stranger']);
    created.send({ id: '2', customerId: 'alice' });
    created.send({ id: 'report too', customerId: 'alice', isEcho: true });
    await created.settle();
    expect(await seenOf(created, 'alice')).toEqual(['2', 'report too']);
  });

  it('twice is one', async () => {
    const created = await served();
    created.send({ id: '1', customerId: 'alice' });
    erase(created, 'alice');
    erase(created, 'alice');
    await created.settle();
    expect(await created.state('alice')).toBeNull();
    expect(Object.values((await created.store.readMeta(SHARD))?.erasures ?? {})).toHaveLength(1);
  });
});

describe('an older backup that is restored', () => {
  /** A customer with an open decision, backed up, erased, and back again by the backup. */
  async function restored(): Promise<{ created: EngineWorld; trusted: () => readonly (boolean | null)[] }> {
    const found: (boolean | null)[] = [];
    let isWatching = false;
    const created = world({
      partitions: 1,
      store: {
        fault({ operation }) {
          if (isWatching && operation === 'commit') {
            void created.store
              .readState(SHARD, 'alice')
              .then(({ bytes, trusted }) => found.push(bytes === null ? null : trusted));
          }
          return undefined;
        },
      },
    });
    await created.worker('w1');
    created.broker.assign({ w1: [0] });
    created.send({ id: '1', customerId: 'alice', decide: 'x' });
    created.send({ id: '2', customerId: 'bob' });
    await created.settle();
    const backup = created.store.snapshot();
    created.send({ id: '3', customerId: 'alice', decide: 'y' });
    await created.settle();
    await created.clock.advance(1_000);
    erase(created, 'alice');
    await created.settle();
    created.store.restore(backup);
    isWatching = true;
    created.store.disconnectAll();
    await created.clock.advance(20_000);
    await created.settle();
    return { created, trusted: () => found };
  }

  it('does not bring him back: neither its states, nor the log, nor the decisions found there', async () => {
    const { created } = await restored();
    expect(await created.state('alice')).toBeNull();
    expect(created.store.entityIds(SHARD)).toEqual(['bob']);
    expect(created.broker.records(TALLY_DECISIONS, 0).length).toBeGreaterThan(1);
  });

  it('never serves him: his state is gone before the dispatcher may trust what the shard holds', async () => {
    const { trusted } = await restored();
    expect(trusted().length).toBeGreaterThan(1);
    expect(trusted()).not.toContain(true);
  });
});

describe('a shard built again from the beginning of the log', () => {
  it('holds who came after his erasure with what came after it, and nobody else of the erased', async () => {
    const created = world({ partitions: 1 });
    const empty = created.store.snapshot();
    await created.worker('w1');
    created.broker.assign({ w1: [0] });
    for (const id of ['alice', 'bob', 'carol']) created.send({ id: `${id} 1`, customerId: id, decide: 'x' });
    await created.settle();
    await created.clock.advance(1_000);
    erase(created, 'alice');
    erase(created, 'carol');
    await created.clock.advance(1_000);
    created.send({ id: 'alice 2', customerId: 'alice' });
    await created.settle();
    created.store.restore(empty);
    created.store.disconnectAll();
    await created.clock.advance(20_000);
    await created.settle();
    expect([...created.store.entityIds(SHARD)].sort()).toEqual(['alice', 'bob']);
    expect(await seenOf(created, 'alice')).toEqual(['alice 2']);
    expect(Object.keys((await created.state('alice'))?.contacts ?? {})).toEqual([]);
  });

  it('drops what was dated ahead, and appended before the erasure', async () => {
    const created = world({ partitions: 1 });
    created.send({ id: '1', customerId: 'alice', occurredAt: created.clock.now() + MINUTE_MS });
    await created.clock.advance(1_000);
    erase(created, 'alice');
    await created.worker('w1');
    created.broker.assign({ w1: [0] });
    await created.settle();
    expect(await created.state('alice')).toBeNull();
  });

  it('reads erasures ahead however many there are', async () => {
    const created = world({ partitions: 1, engine: { bufferBytes: 20_000, batchSize: 50 } });
    for (let i = 0; i < 300; i++) created.send({ id: `${i}`, customerId: `c${i}` });
    await created.clock.advance(1_000);
    for (let i = 0; i < 299; i++) erase(created, `c${i}`);
    await created.worker('w1');
    created.broker.assign({ w1: [0] });
    await created.settle();
    expect(created.store.entityIds(SHARD)).toEqual(['c299']);
  });
});

it('a worker without the key of a shard that remembers somebody does not serve it', async () => {
  const created = world({ partitions: 1 });
  await created.worker('w1');
  created.broker.assign({ w1: [0] });
  created.send({ id: '1', customerId: 'alice' });
  erase(created, 'alice');
  await created.settle();
  const { erasure: _, ...keyless } = createTallyTopology();
  await created.worker('w2', keyless);
  created.broker.assign({ w1: [], w2: [0] });
  await created.clock.advance(5_000);
  expect(created.stops).toEqual([{ partition: 0, reason: 'incompatible' }]);
});
