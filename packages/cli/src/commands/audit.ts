import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import { createPseudonym } from '@holdfast/observability';
import type { Command } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { describeAccesses, listAccesses } from '../access/access-list.ts';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { timeOption } from '../time-option.ts';
import { fromOne } from '../whole-number.ts';

interface ListOptions {
  readonly customer?: string;
  readonly actor?: string;
  readonly agent?: string;
  readonly action?: string;
  readonly from: number;
  readonly to?: number;
  readonly limit: number;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

/** `holdfast audit list`: the log of accesses. */
export function define(command: Command, { out, err }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('who looked at, or changed, what is known of customers; customers by pseudonym')
    .option('--customer <id>', 'of this customer; it takes HOLDFAST_PSEUDONYM_KEY, that of the gateway')
    .option('--actor <id>', 'by this key or person')
    .option('--agent <id>', 'for this agent, as a tool said')
    .option('--action <name>', 'only this, e.g. customer.export')
    .option('--from <time>', 'at or after: 2026-11-22T10:00:00Z, or so long ago: 30m, 2h, 3d', timeOption, 0)
    .option('--to <time>', 'before', timeOption)
    .option('--limit <n>', 'the newest, at the most so many', fromOne, 1_000)
    .option('--json', 'one JSON text instead of a table')
    .action(async ({ customer, actor, agent, action, from, to, limit, json }: ListOptions) => {
      const fromMs = from === 0 ? Date.now() - DAY_MS : from;
      const subject = customer === undefined ? undefined : pseudonymOf(customer);
      const filter = { fromMs, toMs: to, subject, actor, agent, action };
      const accesses = await listAccesses(await findAddresses(environment), filter, limit);
      out(json ? `${JSON.stringify({ accesses })}\n` : describeAccesses(accesses));
      if (accesses.length === limit) err(`holdfast: the newest ${limit}; there may be more (--limit, --from, --to)\n`);
    });
}

function pseudonymOf(customerId: string): string {
  const key = environment.HOLDFAST_PSEUDONYM_KEY ?? '';
  if (key.length >= MIN_SECRET_LENGTH) return createPseudonym(key)(customerId);
  const hint = `it is that of the gateway, ${MIN_SECRET_LENGTH} characters or more`;
  throw new StackFailure('without HOLDFAST_PSEUDONYM_KEY nobody can say which customer was looked at', hint);
}
