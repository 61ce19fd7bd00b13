import { customerView } from '@holdfast/telecom';
import { type Command, InvalidArgumentError } from 'commander';
import { type Addresses, findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { type CustomerReport, describeCustomer } from '../customer-report.ts';
import { eraseCustomer } from '../erasure.ts';
import type { CommandContext } from '../program.ts';
import { readStoredCustomer } from '../stored-customer.ts';

/** `holdfast customer show ID`: the profile, and every decision kept with its evidence. Exit code 1 when there is none. */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  command
    .command('show')
    .description('attributes, features, timers, ledger, the last events and decisions with their evidence')
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
  defineErase(command, { out, err, exit });
}

const SECOND_MS = 1_000;

/** `holdfast customer erase ID --yes`. Exit code 1 while the shard has not come to it. */
function defineErase(command: Command, { out, err, exit }: CommandContext): void {
  command
    .command('erase')
    .description(
      'forget a customer: profile, timers, history, work items, interactions; what happened before is folded no more. For good',
    )
    .argument('<id>', 'customer id')
    .requiredOption('--yes', 'it cannot be undone')
    .option('--wait <seconds>', 'for his shard', wholeSeconds, 30)
    .option('--json', 'one JSON text instead of a line')
    .action(async (customerId: string, { wait, json }: { wait: number; json?: boolean }) => {
      const erasure = await eraseCustomer(await findAddresses(environment), customerId, wait * SECOND_MS);
      const place = `shard ${erasure.partition}, control offset ${erasure.offset}`;
      if (json) out(`${JSON.stringify(erasure)}\n`);
      else if (erasure.isApplied) out(`erased (${place})\n`);
      if (erasure.isApplied) return;
      err(`holdfast: it is in the log and will be done once the shard comes to it (${place})\n`);
      exit(1);
    });
}

function wholeSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new InvalidArgumentError('a whole number is expected.');
  return seconds;
}

async function readCustomer(customerId: string, addresses: Addresses): Promise<CustomerReport | undefined> {
  const stored = await readStoredCustomer(customerId, addresses);
  if (!stored) return undefined;
  const { partition, state, policy, decisions, events, unreadable } = stored;
  return { ...customerView(customerId, state, policy, Date.now()), partition, decisions, events, unreadable };
}
