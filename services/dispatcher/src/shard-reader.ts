import { partitionOf, type ShardId, type ShardStore, type StateView } from '@holdfast/engine';
import type { LogEvent } from '@holdfast/events';
import type { DecisionAnswer } from './ports.ts';

const TOPOLOGY = 'customer';

export interface ShardReaderDeps {
  readonly store: Pick<ShardStore, 'readState' | 'readHistory' | 'readMeta'>;
  /** Decodes a decision as the log holds it. */
  decode(value: Buffer): DecodedDecision | Promise<DecodedDecision>;
}

export type DecodedDecision =
  | { readonly kind: 'event'; readonly event: LogEvent }
  | { readonly kind: 'poison'; readonly message: string }
  | { readonly kind: 'retry'; readonly message: string };

export interface ShardReader {
  /** The state of a customer in the shard that owns him now. */
  state(entityId: string): Promise<StateView>;
  decision(entityId: string, contactId: string): Promise<DecisionAnswer>;
}

/** Finds customers in their shards. The partition count is read once; before `holdfast init` every call rejects. */
export function createShardReader(deps: ShardReaderDeps): ShardReader {
  let partitions: number | undefined;
  const shardOf = async (entityId: string): Promise<ShardId> => {
    partitions ??= await partitionCount(deps.store);
    return { topology: TOPOLOGY, partition: partitionOf(Buffer.from(entityId), partitions) };
  };
  return {
    state: async (entityId) => deps.store.readState(await shardOf(entityId), entityId),
    async decision(entityId, contactId) {
      const shard = await shardOf(entityId);
      // Nearly always the contact is of the newest decision, and each record that is read has to be unpacked.
      const newest = await deps.store.readHistory(shard, entityId, 1);
      const found = await decisionAmong(newest, contactId, deps);
      if (found.kind === 'found' || newest.length === 0) return found;
      return decisionAmong(await deps.store.readHistory(shard, entityId), contactId, deps);
    },
  };
}

async function decisionAmong(
  records: readonly Buffer[],
  contactId: string,
  { decode }: ShardReaderDeps,
): Promise<DecisionAnswer> {
  for (const record of records) {
    const decoded = await decode(record);
    if (decoded.kind === 'retry') return decoded;
    if (decoded.kind !== 'event' || decoded.event.type !== 'DecisionMade') continue;
    if (decoded.event.contactId === contactId) return { kind: 'found', decision: decoded.event };
  }
  return { kind: 'missing' };
}

async function partitionCount(store: Pick<ShardStore, 'readMeta'>): Promise<number> {
  const meta = await store.readMeta({ topology: TOPOLOGY, partition: 0 });
  if (meta === null) throw new Error('the shard store is not initialised: run holdfast init');
  return meta.partitionCount;
}
