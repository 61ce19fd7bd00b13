import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import { createLayoutUpgrade, createShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import type { Command } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { type Addresses, findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { describeChange } from '../policies/change-report.ts';
import { operatorName } from '../policies/operator.ts';
import { atPolicyDesk } from '../policies/policy-desk.ts';
import { publishAgain } from '../policies/publish-again.ts';
import { settled } from '../policies/shard-policies.ts';
import type { CommandContext } from '../program.ts';
import { describeUpgrade, finalizeUpgrade } from '../upgrade.ts';

const SHARDS_WITHIN_MS = 30_000;

/**
 * `holdfast finalize-upgrade`: raises every shard to the layout all workers know, and brings them the policy that workers
 * of the release before refused. Exit code 1 when a shard is not there.
 */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  command.option('--json', 'one JSON text instead of lines').action(async ({ json }: { json?: boolean }) => {
    const addresses = await findAddresses(environment);
    const { redisUrl: url } = addresses;
    const { partitions, isRefusing } = await standingOf(url);
    const upgrade = createLayoutUpgrade({ url });
    try {
      const report = await finalizeUpgrade(upgrade, { topology: CUSTOMER_TOPOLOGY, partitions });
      out(json ? `${JSON.stringify(report)}\n` : describeUpgrade(report));
      exit(report.finalized ? 0 : 1);
      if (report.finalized && isRefusing) err(await policyAgain(addresses));
    } finally {
      await upgrade.close();
    }
  });
}

/** It is no part of the upgrade: what is in the way of it is said, and changes no exit code. */
async function policyAgain(addresses: Addresses): Promise<string> {
  const by = operatorName(undefined, environment.HOLDFAST_OPERATOR);
  try {
    const report = await atPolicyDesk(addresses, async (desk) =>
      settled(desk, await publishAgain(desk, await desk.history(), { by, comment: '' }), SHARDS_WITHIN_MS),
    );
    return `holdfast: a policy was refused before the upgrade: ${describeChange(report)}`;
  } catch (error) {
    if (!(error instanceof StackFailure)) throw error;
    return `holdfast: a policy was refused before the upgrade, and was not brought again: ${error.message}\n`;
  }
}

/** How many shards there are, and whether one of them refused a policy. */
async function standingOf(url: string): Promise<{ readonly partitions: number; readonly isRefusing: boolean }> {
  const store = createShardStore({ url, codecVersion: STATE_LAYOUT });
  const metaOf = (partition: number) => store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition });
  try {
    const first = await metaOf(0);
    if (!first) throw new StackFailure('this Redis has no installation', 'npx holdfast init');
    const { partitionCount: partitions } = first;
    const metas = await Promise.all(Array.from({ length: partitions }, (_, partition) => metaOf(partition)));
    return { partitions, isRefusing: metas.some((meta) => meta?.refused !== undefined) };
  } finally {
    await store.close();
  }
}
