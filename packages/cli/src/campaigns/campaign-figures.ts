import type { Cell } from '@holdfast/insights';
import type { CompiledPolicy } from '@holdfast/policy';
import { createShardStore } from '@holdfast/redis';
import { kpiFigures, STATE_LAYOUT, summedFigures } from '@holdfast/telecom';
import type { Addresses } from '../addresses.ts';
import { findShards } from '../all-shards.ts';
import { policyInForce } from '../policy-in-force.ts';

/** What shards have counted, and the policy by which it is judged. */
export interface CampaignFigures {
  readonly policy: CompiledPolicy;
  /** Shards that run another policy than the first one does: a switch is under way, or they stopped. */
  readonly otherPolicy: readonly number[];
  /** Of all shards together, as committed last. */
  cellsOf(campaign: string): Promise<readonly Cell[]>;
}

/** Does the work with all shards at hand. Throws `StackFailure` where there is no installation, or a shard of it is missing. */
export async function withCampaignFigures<T>(
  addresses: Pick<Addresses, 'redisUrl' | 'policyDir'>,
  work: (figures: CampaignFigures) => Promise<T>,
): Promise<T> {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const found = await findShards(store);
    const inForce = found[0]?.meta.configuration;
    return await work({
      policy: policyInForce(inForce, addresses.policyDir),
      otherPolicy: [...found.keys()].filter((at) => found[at]?.meta.configuration?.name !== inForce?.name),
      async cellsOf(campaign) {
        const counted = await Promise.all(found.map(({ shard }) => store.readKpis(shard, campaign)));
        return summedFigures(counted.map(kpiFigures));
      },
    });
  } finally {
    await store.close();
  }
}
