import type { ShardMeta } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import type { RedisShardStore } from '@holdfast/redis';
import { StackFailure } from '../../../infra/stack/index.mjs';

/** What a shard says of itself, with its address in the store. */
export interface FoundShard {
  readonly shard: { readonly topology: string; readonly partition: number };
  readonly meta: ShardMeta;
}

/** Every shard of the installation, by partition. Throws `StackFailure` where there is none, or a shard of it is missing. */
export async function findShards(store: Pick<RedisShardStore, 'readMeta'>): Promise<readonly FoundShard[]> {
  const shardOf = (partition: number) => ({ topology: CUSTOMER_TOPOLOGY, partition });
  const first = await store.readMeta(shardOf(0));
  if (!first) throw new StackFailure('this Redis has no installation', 'npx holdfast init');
  const shards = Array.from({ length: first.partitionCount }, (_, partition) => shardOf(partition));
  const metas = await Promise.all(shards.map((shard) => store.readMeta(shard)));
  return shards.map((shard, partition) => {
    const meta = metas[partition];
    if (meta) return { shard, meta };
    throw new StackFailure(
      `shard ${partition} is not in this Redis`,
      'its counts would be left out; holdfast shard list',
    );
  });
}
