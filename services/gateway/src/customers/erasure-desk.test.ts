import type { ShardMeta } from '@holdfast/engine';
import { eventually } from '@holdfast/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createErasureDesk, type ErasureDeskDeps } from './erasure-desk.ts';

const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

function desk(change: Partial<ErasureDeskDeps> = {}, waitMs = 0) {
  let nextOffset = 0;
  const forgotten: string[] = [];
  const failures: string[] = [];
  const created = createErasureDesk(
    {
      store: {
        readMeta: async () =>
          ({
            ...{
              version: 1,
              minCodec: 1,
              clusterId: 'c',
              partitionCount: 1,
              relay: POSITION,
              watermarks: {},
              attempts: 0,
            },
            inputs: { 'holdfast.control.v1': { ...POSITION, nextOffset } },
          }) satisfies ShardMeta,
      },
      output: { produce: async () => ({ baseOffset: 3, appendTime: 0 }) },
      seal: { seal: () => ({ key: null, value: null, headers: {} }), markOf: (id) => `own.${id}` },
      forgetters: [async (id) => void forgotten.push(id)],
      failed: (error) => void failures.push(String(error)),
      ...change,
    },
    { waitMs },
  );
  onTestFinished(() => created.close());
  return { created, forgotten, failures, fold: () => (nextOffset = 4) };
}

const PLACE = { partition: 0, offset: 3 };

describe('an erasure asked for by HTTP', () => {
  it('has other stores forget at once, and again when the shard has folded it after the answer', async () => {
    const { created, forgotten, fold } = desk();
    expect(await created.erase('alice')).toEqual({ kind: 'begun', place: PLACE, isDone: false });
    expect(forgotten).toEqual(['alice']);
    fold();
    await eventually('forgotten again', () => expect(forgotten).toEqual(['alice', 'alice']));
    expect(await created.isDone(PLACE)).toBe(true);
  });

  it('that the shard folds within the wait is answered as done, and forgotten twice by then', async () => {
    const { created, forgotten, fold } = desk({}, 10_000);
    fold();
    expect(await created.erase('alice')).toEqual({ kind: 'begun', place: PLACE, isDone: true });
    expect(forgotten).toEqual(['alice', 'alice']);
  });

  it('asks every store, and tells of one that has not forgotten', async () => {
    const asked: string[] = [];
    const { created } = desk({
      forgetters: [() => Promise.reject(new Error('away')), async (id) => void asked.push(id)],
    });
    expect(await created.erase('alice')).toMatchObject({ kind: 'not-forgotten' });
    expect(asked).toEqual(['alice']);
  });

  it('is followed no more once the gateway stops, without a word of failure', async () => {
    const { created, forgotten, failures, fold } = desk();
    await created.erase('alice');
    created.close();
    fold();
    await new Promise(setImmediate);
    expect([forgotten, failures]).toEqual([['alice'], []]);
  });
});
