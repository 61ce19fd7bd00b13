import { StackFailure } from '../../../../infra/stack/index.mjs';
import { type ShardDesk, shardOf } from './shard-desk.ts';

export interface Restored {
  /** Shards whose states nobody trusts until a worker has claimed them and adopted what was released. */
  readonly distrusted: readonly number[];
  /** Shards the backup does not have. */
  readonly missing: readonly number[];
}

/** A shard that moves on while it is looked at is served: so often it is tried again. */
const ATTEMPTS = 20;

/**
 * Takes the tokens from all shards: whoever owned one before the restore is fenced, and the dispatcher trusts no state
 * until a new claim has adopted the decisions that were released since the backup.
 */
export async function restoreShards(desk: ShardDesk): Promise<Restored> {
  const distrusted: number[] = [];
  const missing: number[] = [];
  for (let partition = 0; partition < desk.partitions; partition++) {
    (await distrust(desk, partition)) ? distrusted.push(partition) : missing.push(partition);
  }
  return { distrusted, missing };
}

async function distrust(desk: ShardDesk, partition: number): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const record = await desk.admin.inspect(shardOf(partition));
    if (!record) return false;
    // A hold or a half-built generation of the backup's time belongs to a rebuild that is long over.
    const { version } = record.meta;
    const change = { version, what: 'restore: tokens cleared', forget: ['hold'] } as const;
    const answer = await desk.admin.change(shardOf(partition), change);
    if (answer.kind === 'ok') return true;
    if (answer.kind === 'held') {
      const until = new Date(answer.untilMs).toISOString();
      throw new StackFailure(`a rebuild holds shard ${partition} until ${until} at the latest`, 'run it again then');
    }
  }
  throw new Error(`shard ${partition} moves on all the time: stop its worker, then run holdfast restore again`);
}

/** For people: what was done, and what the backup cannot know. */
export function describeRestore({ distrusted, missing }: Restored): string {
  return [
    `shards whose owner and trust were taken away: ${distrusted.join(', ') || 'none'}`,
    'workers claim them again and first adopt the decisions released since the backup; until then nothing is sent',
    ...(missing.length === 0
      ? []
      : [`NOT in the backup: shards ${missing.join(', ')}; holdfast init --rebuild makes them`]),
    'contacts of at-most-once channels: there is no such channel, so none was ended as unknown',
    'the call centre is idempotent: its alerts and sent marks are one Redis; what that lost since its backup may be shown again',
    '',
  ].join('\n');
}
