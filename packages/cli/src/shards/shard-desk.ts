import type { PartitionBounds } from '@holdfast/engine';
import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, DECISION_TOPIC } from '@holdfast/events';
import { createInputLog } from '@holdfast/kafka';
import { createShardAdmin, type ShardAdmin, type ShardRecord } from '@holdfast/redis';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';

/** What a command about shards looks at and works with. */
export interface ShardDesk {
  readonly admin: ShardAdmin;
  readonly partitions: number;
  /** Throws `StackFailure` when there is no such shard. */
  inspect(partition: number): Promise<ShardRecord>;
  bounds(topic: string, partition: number): Promise<PartitionBounds>;
  clusterId(): Promise<string>;
}

const CLIENT_ID = 'holdfast-shard';
/** Every topic a shard has a position in. */
export const SHARD_TOPICS: readonly string[] = [...CUSTOMER_INPUTS, DECISION_TOPIC];

export function shardOf(partition: number) {
  return { topology: CUSTOMER_TOPOLOGY, partition };
}

export function clientOf({ brokers, kafkaSecurity }: Addresses) {
  return { brokers, ...kafkaSecurity, clientId: CLIENT_ID };
}

/** Does the work with both servers at hand. Throws `StackFailure` where nothing was ever initialised. */
export async function atShardDesk<T>(addresses: Addresses, work: (desk: ShardDesk) => Promise<T>): Promise<T> {
  const admin = createShardAdmin({ url: addresses.redisUrl });
  const log = createInputLog({ ...clientOf(addresses), groupId: CLIENT_ID, topics: SHARD_TOPICS });
  try {
    const partitions = await partitionCount(admin);
    return await work({
      admin,
      partitions,
      async inspect(partition) {
        const record = await admin.inspect(shardOf(partition));
        if (record) return record;
        throw new StackFailure(
          partition < partitions ? `shard ${partition} is not in this Redis` : `there are ${partitions} shards, from 0`,
          'restore a backup of Redis and run holdfast restore; or holdfast init --rebuild folds the log again',
        );
      },
      bounds: (topic, partition) => log.bounds(topic, partition),
      clusterId: () => log.clusterId(),
    });
  } finally {
    await Promise.all([admin.close(), log.close()]);
  }
}

/** Any shard knows how many there are; one of the first few will be there. */
async function partitionCount(admin: ShardAdmin): Promise<number> {
  for (let partition = 0; partition < 8; partition++) {
    const record = await admin.inspect(shardOf(partition));
    if (record) return record.meta.partitionCount;
  }
  throw new StackFailure('this Redis has no installation', 'npx holdfast init; after a loss, restore a backup');
}
