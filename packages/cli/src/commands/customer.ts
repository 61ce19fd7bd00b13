import { partitionOf } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, type DecisionMade } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry } from '@holdfast/kafka';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createShardStore } from '@holdfast/redis';
import { customerView, STATE_LAYOUT } from '@holdfast/telecom';
import type { Command } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { type Addresses, findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { type CustomerReport, describeCustomer } from '../customer-report.ts';
import type { CommandContext } from '../program.ts';

/** `holdfast customer show ID`: the profile, and every decision kept with its evidence. Exit code 1 when there is none. */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  command
    .command('show')
    .description('attributes, features, timers, ledger and the last decisions with their evidence')
    .argument('<id>', 'customer id')
    .option('--json', 'one JSON text instead of lines')
    .action(async (customerId: string, { json }: { json?: boolean }) => {
      const report = await readCustomer(customerId, await findAddresses(environment));
      if (!report) {
        err('holdfast: no profile under this customer id\n');
        return exit(1);
      }
      out(json ? `${JSON.stringify(report)}\n` : describeCustomer(report));
    });
}

/** Undefined when the shard has nothing under the id. Throws `StackFailure` when there is no installation or no policy. */
async function readCustomer(customerId: string, addresses: Addresses): Promise<CustomerReport | undefined> {
  const folder = loadPolicyFolder(addresses.policyDir);
  if (folder.kind === 'invalid') throw new StackFailure('the policy cannot be used', folder.text);
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const meta = await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition: 0 });
    if (!meta) throw new StackFailure('this Redis has no installation', 'npx holdfast init');
    const partition = partitionOf(Buffer.from(customerId), meta.partitionCount);
    const shard = { topology: CUSTOMER_TOPOLOGY, partition };
    const [state, history] = await Promise.all([
      store.readState(shard, customerId),
      store.readHistory(shard, customerId),
    ]);
    if (!state.bytes) return undefined;
    const view = customerView(customerId, state.bytes, folder.policy, Date.now());
    return { ...view, partition, ...(await decodeHistory(history, addresses.registryUrl)) };
  } finally {
    await store.close();
  }
}

async function decodeHistory(records: readonly Buffer[], registryUrl: string) {
  const registry = createSchemaRegistry({ url: registryUrl });
  const decoder = createRegistryDecoder(registry);
  const decisions: DecisionMade[] = [];
  const unreadable: string[] = [];
  for (const record of records) {
    const outcome = await decoder.decode(record);
    if (outcome.kind === 'event' && outcome.event.type === 'DecisionMade') decisions.push(outcome.event);
    else unreadable.push(outcome.kind === 'event' ? `a ${outcome.event.type}` : outcome.message);
  }
  registry.close();
  decisions.sort((a, b) => b.decidedAt - a.decidedAt);
  return { decisions, unreadable };
}
