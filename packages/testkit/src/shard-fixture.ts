import type { Commit, ShardMeta } from '@holdfast/engine';

const POSITION = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 1, hash: '00' } };

/** A shard as init leaves it, in the first layout, with one input. */
export const NEW_SHARD: Omit<ShardMeta, 'version' | 'attempts'> = {
  minCodec: 1,
  clusterId: 'c',
  partitionCount: 1,
  inputs: { usage: POSITION },
  relay: POSITION,
  watermarks: {},
};

/** A commit of nothing but these changes. */
export function commitOf(changes: Partial<Commit>): Commit {
  return { inputs: {}, watermarks: {}, states: [], dues: [], outbox: [], kpis: [], history: [], ...changes };
}

/** A commit of the smallest state. */
export const ONE_STATE: Commit = commitOf({ states: [{ id: 'a', bytes: Buffer.from('x') }] });
