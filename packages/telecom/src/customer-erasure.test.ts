import type { ProducedMessage, ShardId, ShardMeta } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { awaitErasure, beginErasure, isErasureFolded } from './customer-erasure.ts';

const SEALED: ProducedMessage = { key: null, value: Buffer.from('sealed'), headers: {} };
const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

function installation(change: Partial<ShardMeta> = {}) {
  const produced: unknown[] = [];
  let folded = 0;
  const metaOf = (_: ShardId): ShardMeta => ({
    ...{ version: 1, minCodec: 1, clusterId: 'c', partitionCount: 8, relay: POSITION, watermarks: {}, attempts: 0 },
    inputs: { 'holdfast.control.v1': { ...POSITION, nextOffset: folded } },
    ...change,
  });
  return {
    store: { readMeta: async (shard: ShardId): Promise<ShardMeta | null> => metaOf(shard) },
    output: {
      produce: async (...call: unknown[]) => {
        produced.push(call);
        return { baseOffset: 7, appendTime: 0 };
      },
    },
    seal: { seal: () => SEALED, markOf: (id: string) => `own.${id}` },
    produced,
    foldUpTo: (offset: number) => {
      folded = offset;
    },
  };
}

describe('the erasure of a customer', () => {
  it('is one record in the partition of his shard, which names nobody', async () => {
    const { produced, ...deps } = installation();
    const begun = await beginErasure('alice', deps);
    expect(begun).toMatchObject({ kind: 'begun', offset: 7 });
    const { partition } = begun as { readonly partition: number };
    expect(produced).toEqual([['holdfast.control.v1', partition, [SEALED]]]);
  });

  it('is not begun under a key by which the workers could not open it, nor where nothing is installed', async () => {
    const foreign = installation({ erasures: { 'other.hash': 1 } });
    expect(await beginErasure('alice', foreign)).toEqual({ kind: 'foreign-key' });
    const nothing = { ...installation(), store: { readMeta: async () => null } };
    expect(await beginErasure('alice', nothing)).toEqual({ kind: 'uninitialised' });
    expect([foreign.produced, nothing.produced]).toEqual([[], []]);
    expect(await beginErasure('alice', installation({ erasures: { 'own.hash': 1 } }))).toMatchObject({ kind: 'begun' });
  });

  it('is folded once the shard stands behind its record, and is waited for no longer than asked', async () => {
    const deps = installation();
    const place = { partition: 3, offset: 7 };
    let nowMs = 0;
    const delay = async (ms: number) => {
      nowMs += ms;
    };
    const wait = { store: deps.store, delay, nowMs: () => nowMs };
    deps.foldUpTo(7);
    expect([await isErasureFolded(place, deps.store), await awaitErasure(place, 1_000, wait)]).toEqual([false, false]);
    expect(nowMs).toBe(1_000);
    deps.foldUpTo(8);
    expect([await isErasureFolded(place, deps.store), await awaitErasure(place, 0, wait)]).toEqual([true, true]);
    expect(await isErasureFolded(place, { readMeta: async () => null })).toBeUndefined();
  });
});
