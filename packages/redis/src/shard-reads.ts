import { inflateRawSync } from 'node:zlib';
import type { ShardId, StateView } from '@holdfast/engine';
import type { Redis } from 'ioredis';
import { gathered } from './gathered-calls.ts';
import { shadowKeys, shardKeys, stateKeyParts } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';

/** What is read of entities from outside their shard. What is asked for of one shard in one turn is one script. */
export interface ShardReads {
  state(shard: ShardId, entityId: string): Promise<StateView>;
  /** The newest records first: so many, all without a number. */
  history(shard: ShardId, entityId: string, newest?: number): Promise<readonly Buffer[]>;
}

interface OfShard {
  state(entityId: string): Promise<StateView>;
  history(asked: { readonly entityId: string; readonly newest: number | undefined }): Promise<readonly Buffer[]>;
}

/** A script blocks the server while it runs. */
const MOST_STATES = 100;
const MOST_HISTORIES = 50;

/** `shadow`: a generation that is being built is read instead of the live one. */
export function createShardReads(redis: Redis, shadow: string | undefined): ShardReads {
  const shards = new Map<string, OfShard>();
  const of = (shard: ShardId): OfShard => {
    const { meta } = shadow === undefined ? shardKeys(shard) : shadowKeys(shard, shadow);
    const found = shards.get(meta) ?? readsOf(redis, shard, shadow);
    shards.set(meta, found);
    return found;
  };
  return {
    state: (shard, entityId) => of(shard).state(entityId),
    history: (shard, entityId, newest) => of(shard).history({ entityId, newest }),
  };
}

function readsOf(redis: Redis, shard: ShardId, shadow: string | undefined): OfShard {
  const { meta, historyPrefix } = shadow === undefined ? shardKeys(shard) : shadowKeys(shard, shadow);
  const [prefix] = stateKeyParts(shard, shadow, '');
  return {
    state: gathered(MOST_STATES, async (entityIds: readonly string[]) => {
      const rests = entityIds.map((entityId) => stateKeyParts(shard, shadow, entityId)[1]);
      const [, trusted, states] = await runScript(redis, SCRIPTS.readStates, [meta], [prefix, ...rests]);
      return (states as unknown[]).map((bytes) => ({
        bytes: Buffer.isBuffer(bytes) ? bytes : null,
        trusted: trusted === 1,
      }));
    }),
    history: gathered(MOST_HISTORIES, async (asked) => {
      const keys = asked.map(({ entityId }) => historyPrefix + entityId);
      const [, histories] = await runScript(
        redis,
        SCRIPTS.readHistories,
        keys,
        asked.map(({ newest = 0 }) => newest - 1),
      );
      return (histories as (readonly Buffer[] | Error)[]).map((records) =>
        records instanceof Error ? records : records.map((record) => inflateRawSync(record)),
      );
    }),
  };
}
