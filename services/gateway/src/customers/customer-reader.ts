import type { ShardStanding } from '@holdfast/decisions';
import { partitionOf, type ShardMeta, type ShardStore } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, type Event } from '@holdfast/events';
import { errorMessage } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { isReadable } from '@holdfast/telecom';
import { createShardViews, type ShardView, type ShardViewsDeps } from './shard-views.ts';

/** A customer as his shard committed him last, and what was told here since. */
export interface KnownCustomer {
  readonly customerId: string;
  readonly partition: number;
  /** As committed, with the events told here that are not folded yet. */
  readonly state: Buffer;
  readonly policy: CompiledPolicy;
  readonly standing: ShardStanding;
  /** At most about a second older than the state. */
  readonly meta: ShardMeta;
  /** Those events, in the order in which they were told. */
  readonly unfolded: readonly Event[];
}

export type CustomerAnswer =
  | { readonly kind: 'found'; readonly customer: KnownCustomer }
  | { readonly kind: 'absent' }
  /** He cannot be looked at now. `why` is for the log. */
  | { readonly kind: 'away'; readonly why: string };

export interface CustomerReader {
  /** Never rejects. */
  read(customerId: string): Promise<CustomerAnswer>;
  close(): Promise<void>;
}

export interface CustomerReaderDeps extends ShardViewsDeps {
  readonly store: Pick<ShardStore, 'readState' | 'readMeta' | 'close'>;
  /** Events handed over here that his shard may not have folded at the positions of `meta`. Default: none. */
  unfolded?(customerId: string, meta: ShardMeta): Promise<readonly Event[]>;
  /** The state after these events, as his shard will make it. Needed where `unfolded` is given. */
  asTold?(
    customerId: string,
    state: Buffer | undefined,
    events: readonly Event[],
    policy: CompiledPolicy,
    nowMs: number,
  ): Buffer;
}

const NOTHING_TOLD: readonly Event[] = [];

/** Reads customers from outside their shards: one call to Redis each; metas and policies of shards are kept. Owns the store. */
export function createCustomerReader(deps: CustomerReaderDeps): CustomerReader {
  const views = createShardViews(deps);
  let partitionCount: number | undefined;

  async function look(customerId: string): Promise<CustomerAnswer> {
    partitionCount ??= (await views.of(0)).meta.partitionCount;
    const partition = partitionOf(Buffer.from(customerId), partitionCount);
    // The view first: what it says of positions is then never ahead of the state.
    const seen = await stateUnder(await views.of(partition), customerId);
    if (seen !== undefined) return seen;
    const again = await stateUnder(await views.anew(partition), customerId);
    return again ?? { kind: 'away', why: 'the features of a customer are of a set that his shard does not describe' };
  }

  /** Undefined where the state was written under a policy that came after the view. */
  async function stateUnder(view: ShardView, customerId: string): Promise<CustomerAnswer | undefined> {
    const { partition, meta, policy, standing } = view;
    const [{ bytes }, unfolded] = await Promise.all([
      deps.store.readState({ topology: CUSTOMER_TOPOLOGY, partition }, customerId),
      deps.unfolded?.(customerId, meta) ?? NOTHING_TOLD,
    ]);
    if (bytes !== null && !isReadable(bytes, policy)) return undefined;
    const state = withTold(bytes, unfolded);
    return state === undefined
      ? { kind: 'absent' }
      : { kind: 'found', customer: { customerId, partition, state, policy, standing, meta, unfolded } };

    function withTold(committed: Buffer | null, events: readonly Event[]): Buffer | undefined {
      if (events.length === 0 || deps.asTold === undefined) return committed ?? undefined;
      return deps.asTold(customerId, committed ?? undefined, events, policy, deps.nowMs());
    }
  }

  return {
    async read(customerId) {
      try {
        return await look(customerId);
      } catch (error) {
        return { kind: 'away', why: errorMessage(error) };
      }
    },
    close: () => deps.store.close(),
  };
}
