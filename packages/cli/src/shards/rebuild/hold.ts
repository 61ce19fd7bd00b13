import { randomUUID } from 'node:crypto';
import type { ShardAdmin } from '@holdfast/redis';
import { StackFailure } from '../../../../../infra/stack/index.mjs';
import { shardOf } from '../shard-desk.ts';

/** A shard that nobody owns for a while. It is let go by itself when this process dies. */
export interface Hold {
  readonly id: string;
  /** The version the shard has while it is held. */
  readonly version: number;
  /** Ends the renewals; whether the hold is let go says who writes the shard next. */
  stop(): void;
}

/** A command that died keeps a shard from its owner so long at the most, ms. */
const HOLD_MS = 30_000;
const RENEW_MS = 5_000;

/** Throws `StackFailure` when somebody else holds it. */
export async function holdShard(admin: ShardAdmin, partition: number): Promise<Hold> {
  const id = `rebuild-${randomUUID()}`;
  const answer = await admin.hold(shardOf(partition), id, HOLD_MS);
  if (answer.kind === 'held') {
    const until = new Date(answer.untilMs).toISOString();
    throw new StackFailure(`another rebuild holds shard ${partition} until ${until} at the latest`, 'wait for it');
  }
  if (answer.kind !== 'ok') throw new StackFailure(`shard ${partition} is gone`, 'restore a backup of Redis');
  // A renewal that failed or came too late is found by the version when the swap is asked for.
  const renewal = setInterval(() => void admin.hold(shardOf(partition), id, HOLD_MS).catch(() => undefined), RENEW_MS);
  return { id, version: answer.version, stop: () => clearInterval(renewal) };
}
