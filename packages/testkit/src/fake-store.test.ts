import { describe, expect, it } from 'vitest';
import { createFakeShardStore, type StoreFault, type StoreOperation } from './fake-store.ts';
import { NEW_SHARD, ONE_STATE } from './shard-fixture.ts';
import { describeShardStore } from './store-contract.ts';

describeShardStore('the store in memory', async ({ codecVersion, bounds }) => {
  const store = createFakeShardStore({ codecVersion, bounds });
  return {
    store,
    storeFor: (version) => store.withCodecVersion(version),
    topology: 'customer',
    snapshot: async () => {
      const held = store.snapshot();
      return async () => store.restore(held);
    },
    wipe: async (shard) => store.wipe(shard),
    kpis: async (shard, campaign) => store.kpis(shard, campaign),
    journal: async (shard) => store.journal(shard),
    stoppedReason: async (shard) => store.stoppedReason(shard),
    hold: async (shard) => {
      store.hold(shard, Number.MAX_SAFE_INTEGER);
      return async () => store.hold(shard, undefined);
    },
    close: async () => undefined,
  };
});

const SHARD = { topology: 'customer', partition: 0 };

/** A claimed session whose next call of `operation` meets the fault. */
async function ownerWithFault(operation: StoreOperation, fault: StoreFault, isUnfenced = false) {
  let isArmed = true;
  const store = createFakeShardStore({
    isUnfenced,
    fault: (call) => {
      if (!isArmed || call.operation !== operation) return undefined;
      isArmed = false;
      return fault;
    },
  });
  await store.initialise(SHARD, NEW_SHARD);
  const session = await store.open(SHARD);
  await session.claim();
  return { store, session };
}

describe('faults of the store in memory', () => {
  it.each([
    ['a lost request', { kind: 'lost-request' }, null],
    ['a lost reply', { kind: 'lost-reply' }, Buffer.from('x')],
  ] as const)('%s is unknown to the caller and ends the session', async (_name, fault, bytes) => {
    const { store, session } = await ownerWithFault('commit', fault);
    expect((await session.commit(1, ONE_STATE)).kind).toBe('unknown');
    expect((await session.poll(1, 0, 1)).kind).toBe('unknown');
    expect((await store.readState(SHARD, 'a')).bytes).toEqual(bytes);
  });

  it.each([
    ['is fenced', false, null],
    ['writes where the fence is off', true, Buffer.from('x')],
  ])('a request that arrives after the next claim %s', async (_name, isUnfenced, bytes) => {
    const arrival = Promise.withResolvers<void>();
    const { store, session } = await ownerWithFault(
      'commit',
      { kind: 'late-request', until: arrival.promise },
      isUnfenced,
    );
    expect((await session.commit(1, ONE_STATE)).kind).toBe('unknown');
    await (await store.open(SHARD)).claim();
    arrival.resolve();
    await arrival.promise;
    expect((await store.readState(SHARD, 'a')).bytes).toEqual(bytes);
  });

  it('a delayed reply holds the answer back, not the write', async () => {
    const reply = Promise.withResolvers<void>();
    const { store, session } = await ownerWithFault('commit', { kind: 'delayed-reply', until: reply.promise });
    const answer = session.commit(1, ONE_STATE);
    expect((await store.readState(SHARD, 'a')).bytes).toEqual(Buffer.from('x'));
    reply.resolve();
    expect(await answer).toEqual({ kind: 'ok', version: 2, outboxLength: 0 });
  });

  it('broken connections end every session open now and none opened later', async () => {
    const store = createFakeShardStore();
    await store.initialise(SHARD, NEW_SHARD);
    const before = await store.open(SHARD);
    store.disconnectAll();
    expect((await before.claim()).kind).toBe('unknown');
    expect((await (await store.open(SHARD)).claim()).kind).toBe('claimed');
  });
});
