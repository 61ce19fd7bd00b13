import type { RefusedConfiguration } from '@holdfast/engine';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { atShardDesk } from '../shards/shard-desk.ts';
import { viewShard } from '../shards/shard-view.ts';
import { type Check, type Finding, ok, warn } from './check.ts';

/** The policy a shard goes on under, and the newer one that its worker could not run. */
export interface ShardStanding {
  readonly partition: number;
  /** Undefined: the folder of its worker. */
  readonly version: string | undefined;
  readonly refused: RefusedConfiguration | undefined;
}

/** Whether every shard runs what was published. */
export function refusedPolicyCheck(addresses: Addresses): Check {
  return {
    name: 'policies',
    async run() {
      try {
        return judgePolicies(await standings(addresses));
      } catch (error) {
        if (error instanceof StackFailure) return warn(error.message, error.hint ?? 'npx holdfast init');
        throw error;
      }
    },
  };
}

function standings(addresses: Addresses): Promise<readonly ShardStanding[]> {
  return atShardDesk(addresses, async (desk) => {
    const nowMs = Date.now();
    const partitions = Array.from({ length: desk.partitions }, (_, partition) => partition);
    const shards = await Promise.all(partitions.map((partition) => viewShard(desk, partition, nowMs)));
    return shards.map(({ partition, record: { meta } }) => ({
      partition,
      version: meta.configuration?.name,
      refused: meta.refused,
    }));
  });
}

const AGAIN = 'replace the workers by a release that can run it, then holdfast policy publish --again';

/** What was refused comes before shards that differ, which may be on their way to the newest. */
export function judgePolicies(shards: readonly ShardStanding[]): Finding {
  const refusing = shards.filter(({ refused }) => refused !== undefined);
  const [first] = refusing;
  if (first?.refused) {
    const where = refusing.map(({ partition }) => partition).join(', ');
    return warn(`${short(first.refused.name)} was refused by shards ${where}: ${first.refused.message}`, AGAIN);
  }
  const versions = [...new Set(shards.map(({ version }) => version))];
  if (versions.length > 1) {
    const list = versions.map((version) => nameOf(version)).join(', ');
    return warn(`shards run ${list}`, 'holdfast policy history says whether a publication is unfinished; run it again');
  }
  return ok(`all ${shards.length} shards run ${nameOf(versions[0])}`);
}

function nameOf(version: string | undefined): string {
  return version === undefined ? "their worker's folder" : short(version);
}

function short(version: string): string {
  return version.slice(0, 'sha256:'.length + 12);
}
