import type { ClaimStanding, ShardStanding } from '@holdfast/engine';

/** A shard at rest, with what the test changes. */
export function standing(shard: Partial<ShardStanding> = {}, claim: Partial<ClaimStanding> = {}): ShardStanding {
  return {
    partition: 3,
    phase: 'running',
    stalledMs: 0,
    claim: {
      inputs: [{ topic: 'telecom.usage.v1', nextOffset: 8, lag: 0, bufferedBytes: 0 }],
      behindMs: 0,
      outboxLength: 0,
      hindrance: undefined,
      heldBack: [],
      watermarks: new Map(),
      configuration: { name: undefined, refused: undefined, isSweeping: false },
      ...claim,
    },
    ...shard,
  };
}
