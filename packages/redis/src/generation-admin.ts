import type { OutboxMessage, ShardId } from '@holdfast/engine';
import type { Redis } from 'ioredis';
import { ANSWER } from './answers.ts';
import { type ShardKeys, shadowKeys, shardKeys } from './keys.ts';
import { decodeMessage } from './outbox-codec.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** A state in both generations; null where one of them has none. */
export interface StatePair {
  readonly id: string;
  readonly live: Buffer | null;
  readonly fresh: Buffer | null;
}

/** What a rebuild does with the generations of a shard's states, timers and KPI cells. */
export interface GenerationAdmin {
  /** Notes in the live shard that this generation is being built. False when there is no such shard. */
  begin(shard: ShardId, generation: string): Promise<boolean>;
  /** Every state of either generation, in slices. Both must be at rest. */
  pairs(shard: ShardId, live: string, fresh: string): AsyncGenerator<readonly StatePair[], void, undefined>;
  /** Every KPI cell of a generation, by `campaign cell`. Looks through all key names of the server. */
  kpis(shard: ShardId, generation: string): Promise<ReadonlyMap<string, number>>;
  /** Due time of the live shard's next timer, ms; undefined when it has no entity. */
  nextDueMs(shard: ShardId, generation: string): Promise<number | undefined>;
  /** What waits in the live outbox. */
  waiting(shard: ShardId): Promise<readonly OutboxMessage[]>;
  /** What the fresh generation had of its own beside states, timers and cells goes, once it is the live one. */
  tidy(shard: ShardId, generation: string): Promise<void>;
  /** Removes a generation's keys in slices, then the note about it. The live one must not be named. */
  remove(shard: ShardId, generation: string, note: 'building' | 'garbage'): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const SLICE = 1_000;
const SCAN_COUNT = 10_000;

export function createGenerationAdmin({ url }: { readonly url: string }): GenerationAdmin {
  const redis = createSharedConnection(url, { connectMs: TIMEOUT_MS, silenceMs: TIMEOUT_MS });
  return {
    async begin(shard, generation) {
      const [answer] = await runScript(redis, SCRIPTS.beginGeneration, [shardKeys(shard).meta], [generation]);
      return String(answer) === ANSWER.ok;
    },
    pairs: (shard, live, fresh) => pairs(redis, shardKeys(shard, live), shadowKeys(shard, fresh)),
    kpis: (shard, generation) => kpis(redis, shardKeys(shard, generation)),
    async nextDueMs(shard, generation) {
      const [, score] = await redis.zrange(shardKeys(shard, generation).due, '0', '0', 'WITHSCORES');
      return score === undefined ? undefined : Number(score);
    },
    async waiting(shard) {
      const entries = await redis.xrangeBuffer(shardKeys(shard).outbox, '-', '+');
      return entries.flatMap(([, [, , , bytes]]) => (bytes ? (decodeMessage(bytes) ?? []) : []));
    },
    tidy: (shard, generation) => removeShadow(redis, shadowKeys(shard, generation)),
    async remove(shard, generation, note) {
      const meta = shardKeys(shard).meta;
      if (((await redis.hget(meta, 'generation')) ?? '') === generation) {
        throw new Error(`generation ${generation || 'first'} is the live one of shard ${shard.partition}`);
      }
      await removeKeys(redis, shardKeys(shard, generation));
      // What a first generation has beside these is the live shard's own.
      if (generation !== '') await removeShadow(redis, shadowKeys(shard, generation));
      await runScript(redis, SCRIPTS.endGeneration, [meta], [note, generation]);
    },
    async close() {
      redis.disconnect();
    },
  };
}

async function* pairs(redis: Redis, live: ShardKeys, fresh: ShardKeys): AsyncGenerator<readonly StatePair[]> {
  for await (const ids of idSlices(redis, live.due)) yield await readPairs(redis, ids, live, fresh);
  for await (const ids of idSlices(redis, fresh.due)) {
    const scores = await redis.zmscore(live.due, ...ids);
    const unlisted = ids.filter((_, i) => scores[i] === null);
    if (unlisted.length > 0) yield await readPairs(redis, unlisted, live, fresh);
  }
}

async function* idSlices(redis: Redis, due: string): AsyncGenerator<readonly string[]> {
  for (let from = 0; ; from += SLICE) {
    const ids = await redis.zrange(due, String(from), String(from + SLICE - 1));
    if (ids.length > 0) yield ids;
    if (ids.length < SLICE) return;
  }
}

async function readPairs(redis: Redis, ids: readonly string[], live: ShardKeys, fresh: ShardKeys) {
  const keys = [...ids.map((id) => live.statePrefix + id), ...ids.map((id) => fresh.statePrefix + id)];
  const states = await redis.mgetBuffer(keys);
  return ids.map((id, i): StatePair => ({ id, live: states[i] ?? null, fresh: states[ids.length + i] ?? null }));
}

async function kpis(redis: Redis, keys: ShardKeys): Promise<ReadonlyMap<string, number>> {
  const cells = new Map<string, number>();
  for (const key of await kpiKeys(redis, keys)) {
    const campaign = key.slice(keys.kpiPrefix.length);
    for (const [cell, count] of Object.entries(await redis.hgetall(key)))
      cells.set(`${campaign} ${cell}`, Number(count));
  }
  return cells;
}

/** Campaigns are listed nowhere: an operator's call may look through all names. */
async function kpiKeys(redis: Redis, { kpiPrefix }: ShardKeys): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${kpiPrefix}*`, 'COUNT', SCAN_COUNT);
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/** The list of entities shrinks with the states it names, so that a removal cut short is taken up again. */
async function removeKeys(redis: Redis, keys: ShardKeys): Promise<void> {
  for (;;) {
    const ids = await redis.zrange(keys.due, '0', String(SLICE - 1));
    if (ids.length === 0) break;
    await redis.unlink(...ids.map((id) => keys.statePrefix + id));
    await redis.zrem(keys.due, ...ids);
  }
  const cells = await kpiKeys(redis, keys);
  if (cells.length > 0) await redis.unlink(...cells);
}

async function removeShadow(redis: Redis, { meta, outbox, journal }: ShardKeys): Promise<void> {
  await redis.unlink(meta, outbox, journal);
}
