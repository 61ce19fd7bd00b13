import { partitionOf, type ShardStore } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';

/** Something that happened to a customer: when, or when it was appended, whichever is earlier, ms. */
export interface Happened {
  readonly customerId: string;
  readonly atMs: number;
}

/** Of these, what happened before an erasure that the customer's shard has folded. Rejects when the store cannot be reached. */
export type FromBeforeErasure = <H extends Happened>(all: readonly H[]) => Promise<ReadonlySet<H>>;

export interface ErasedCustomersDeps {
  readonly store: Pick<ShardStore, 'readMeta'>;
  /** Of the key that the workers have. Undefined where the gateway was given none: then it cannot tell of anybody. */
  readonly seal: { markOf(customerId: string): string } | undefined;
}

/** Reads what shards remember of erasures, anew at each call. */
export function createErasedCustomers({ store, seal }: ErasedCustomersDeps): FromBeforeErasure {
  const metaOf = (partition: number) => store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition });
  return async (all) => {
    if (seal === undefined || all.length === 0) return new Set();
    const first = await metaOf(0);
    if (first === null) return new Set();
    const shardOf = ({ customerId }: Happened) => partitionOf(Buffer.from(customerId), first.partitionCount);
    const found = await Promise.all(
      [...Map.groupBy(all, shardOf)].map(async ([partition, his]) => {
        const marks = new Map(Object.entries((await metaOf(partition))?.erasures ?? {}));
        const newestMs = Math.max(0, ...marks.values());
        // The keyed hash only where the answer could matter: most of what comes is younger than any erasure.
        return his.filter(
          ({ customerId, atMs }) => atMs <= newestMs && atMs <= (marks.get(seal.markOf(customerId)) ?? 0),
        );
      }),
    );
    return new Set(found.flat());
  };
}
