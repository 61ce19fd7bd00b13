import type { ShardId } from '@holdfast/engine';
import { ANSWER } from './answers.ts';
import { shardKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** Where a shard stands in an upgrade. */
export interface ShardLayouts {
  /** In which states are written; a worker that does not know it refuses to claim. */
  readonly written: number;
  /** Newest one known to the worker that claimed the shard last; 0 when nobody has. */
  readonly claimed: number;
}

export type RaiseAnswer =
  | { readonly kind: 'raised'; readonly from: number }
  /** It was there before, or beyond. */
  | { readonly kind: 'already'; readonly layout: number }
  /** Claimed last by a worker that does not know the layout, or by nobody (0). Nothing was changed. */
  | { readonly kind: 'older-worker'; readonly claimed: number }
  | { readonly kind: 'uninitialised' };

/** The end of a rolling upgrade, shard by shard. Calls reject with the client's error when Redis cannot be reached. */
export interface LayoutUpgrade {
  /** Null when the shard was never initialised. */
  read(shard: ShardId): Promise<ShardLayouts | null>;
  /**
   * From the next claim on states are written in `layout`; the present owner is fenced so that it claims again. Checked
   * and written in one step: a worker that claims in between is either seen or refused.
   */
  raise(shard: ShardId, layout: number): Promise<RaiseAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;

export function createLayoutUpgrade({ url }: { readonly url: string }): LayoutUpgrade {
  const redis = createSharedConnection(url, { connectMs: TIMEOUT_MS, silenceMs: TIMEOUT_MS });
  return {
    async read(shard) {
      const [written, claimed] = await redis.hmget(shardKeys(shard).meta, 'minCodec', 'claimedCodec');
      return written ? { written: Number(written), claimed: Number(claimed ?? 0) } : null;
    },
    async raise(shard, layout) {
      const reply = await runScript(redis, SCRIPTS.finaliseLayout, [shardKeys(shard).meta], [layout]);
      const [answer, detail] = reply.map(String);
      if (answer === ANSWER.ok) return { kind: 'raised', from: Number(detail) };
      if (answer === ANSWER.already) return { kind: 'already', layout: Number(detail) };
      if (answer === ANSWER.older) return { kind: 'older-worker', claimed: Number(detail) };
      if (answer === ANSWER.uninitialised) return { kind: 'uninitialised' };
      throw new Error(`finalising the layout was refused: ${detail}`);
    },
    async close() {
      redis.disconnect();
    },
  };
}
