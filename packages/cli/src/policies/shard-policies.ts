import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL_TOPIC } from '@holdfast/events';
import type { ChangeReport } from './change-report.ts';
import type { Change } from './changes.ts';
import type { PolicyDesk } from './policy-desk.ts';

/** What a shard made of an activation. */
export interface ShardPolicy {
  readonly partition: number;
  readonly standing:
    | 'in-force'
    /** This release of its worker cannot run it: the one before stays. */
    | 'refused'
    /** It has not come to the record: no worker, stopped, or far behind. */
    | 'not-yet'
    /** It is past the record and runs another: something newer came. */
    | 'other';
  /** Why; empty when it is in force. */
  readonly reason: string;
}

const POLL_MS = 50;

/** Waits for the shards where something came into force. */
export async function settled(desk: PolicyDesk, change: Change, waitMs: number): Promise<ChangeReport> {
  const startMs = performance.now();
  const shards = change.kind === 'activated' ? await awaitShards(desk, change.activated, waitMs) : [];
  return { change, shards, tookMs: Math.round(performance.now() - startMs) };
}

/** Waits until every shard has come to the record of an activation, or the time is over. */
export async function awaitShards(
  desk: PolicyDesk,
  wanted: { readonly version: string; readonly offsets: ReadonlyMap<number, number> },
  waitMs: number,
): Promise<readonly ShardPolicy[]> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const shards = await Promise.all(
      [...wanted.offsets].map(([partition, offset]) =>
        shardPolicy(desk, partition, { version: wanted.version, offset }),
      ),
    );
    const isOver = performance.now() >= endMs;
    if (isOver || shards.every(({ standing }) => standing !== 'not-yet'))
      return Promise.all(shards.map((shard) => explained(desk, shard)));
    await delay(POLL_MS);
  }
}

/** Asked only of who is late: it is more than a look at a position. */
async function explained(desk: PolicyDesk, shard: ShardPolicy): Promise<ShardPolicy> {
  if (shard.standing !== 'not-yet') return shard;
  const trouble = await desk.troubleOf(shard.partition);
  return trouble === '' ? shard : { ...shard, reason: `${trouble}; ${shard.reason}` };
}

async function shardPolicy(
  desk: PolicyDesk,
  partition: number,
  { version, offset }: { readonly version: string; readonly offset: number },
): Promise<ShardPolicy> {
  const { configuration, refused, inputs } = await desk.shard(partition);
  if (configuration?.name === version) return { partition, standing: 'in-force', reason: '' };
  if (refused?.name === version) return { partition, standing: 'refused', reason: refused.message };
  const next = inputs[CONTROL_TOPIC]?.nextOffset ?? 0;
  if (next <= offset) {
    return {
      partition,
      standing: 'not-yet',
      reason: `it is at ${next} of ${CONTROL_TOPIC}, before the record at ${offset}`,
    };
  }
  return { partition, standing: 'other', reason: `it runs ${configuration?.name ?? "its worker's folder"}` };
}
