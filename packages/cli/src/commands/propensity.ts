import type { Command } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { tellShards, viewLearning } from '../propensities/learning-desk.ts';
import { describePropensities, propensityLines } from '../propensities/propensity-report.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** `holdfast propensity show | learn`: how probably offers are accepted, as stated, as learnt, and as decided by. */
export function define(command: Command, context: CommandContext): void {
  defineShow(command, context);
  defineLearn(command, context);
}

function defineShow(command: Command, { out }: CommandContext): void {
  command
    .command('show', { isDefault: true })
    .description('what was learnt of each offer in each segment, and whether shards decide by it; changes nothing')
    .option('--json', 'one JSON text instead of a table')
    .action(async ({ json }: JsonOption) => {
      const view = await viewLearning(await findAddresses(environment), Date.now());
      const lines = { propensities: propensityLines(view), shardsBehind: view.behind };
      out(json ? `${JSON.stringify(lines)}\n` : describePropensities(view));
    });
}

function defineLearn(command: Command, { out }: CommandContext): void {
  command
    .command('learn')
    .description('learn now, as a worker does every few minutes, and tell all shards when it is news')
    .option('--json', 'one JSON text instead of a line')
    .action(async ({ json }: JsonOption) => {
      const addresses = await findAddresses(environment);
      const { learnt, news, inForce } = await viewLearning(addresses, Date.now());
      const told = news ? inForce.length : 0;
      if (news) await tellShards(addresses, news, told);
      const text = news ? `told ${told} shards of ${news.posteriors.length} propensities` : 'no news for any shard';
      out(json ? `${JSON.stringify({ learnt: learnt.length, shardsTold: told })}\n` : `${text}\n`);
    });
}
