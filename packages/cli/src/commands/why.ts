import type { CompiledPolicy } from '@holdfast/policy';
import { explainCustomer, unknownName } from '@holdfast/telecom';
import type { Command } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { readStoredCustomer } from '../stored-customer.ts';
import { describeWhy, type WhyReport } from '../why-report.ts';

interface WhyOptions {
  readonly campaign?: string;
  readonly trigger?: string;
  readonly offer?: string;
  readonly json?: boolean;
}

/** `holdfast why CUSTOMER`: what every trigger and offer wait for, or what stopped them. Exit code 1 for nobody. */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  command
    .description('for each trigger and offer: its conditions with their values, and the first thing that stopped it')
    .argument('<customer>', 'customer id')
    .option('--campaign <id>', 'this one only')
    .option('--trigger <id>', 'this one only')
    .option('--offer <id>', 'this one only')
    .option('--json', 'one JSON text instead of lines')
    .action(async (customerId: string, { json, ...only }: WhyOptions) => {
      const report = await readWhy(customerId, only);
      if (!report) {
        err('holdfast: no profile under this customer id; nothing that names him was folded yet, or he was erased\n');
        return exit(1);
      }
      out(json ? `${JSON.stringify(report, unknownAsNull)}\n` : describeWhy(report));
    });
}

/** A value that is unknown is said to be, instead of being left out. */
function unknownAsNull(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

async function readWhy(customerId: string, only: WhyOptions): Promise<WhyReport | undefined> {
  const stored = await readStoredCustomer(customerId, await findAddresses(environment));
  if (!stored) return undefined;
  const { partition, state, policy, standing, decisions } = stored;
  refuseUnknown(only, policy);
  return {
    ...explainCustomer(customerId, state, policy, { nowMs: Date.now(), standing, ...only }),
    partition,
    decisions,
  };
}

/** A name that the policy does not have would come out as a customer whom nothing concerns. */
export function refuseUnknown(only: WhyOptions, policy: CompiledPolicy): void {
  const unknown = unknownName(only, policy);
  if (unknown === undefined) return;
  const { kind, name, known } = unknown;
  throw new StackFailure(`the policy has no ${kind} "${name}"`, `it has ${known.join(', ')}`);
}
