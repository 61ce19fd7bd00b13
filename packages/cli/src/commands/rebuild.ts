import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { rebuildShards } from '../shards/rebuild/rebuild.ts';
import { describeRebuild, exitCodeOf } from '../shards/rebuild/rebuild-report.ts';
import { atShardDesk } from '../shards/shard-desk.ts';
import { fromZero } from '../whole-number.ts';

interface Options {
  readonly shard?: number;
  readonly all?: boolean;
  readonly show: number;
  readonly dryRun?: boolean;
  readonly acceptDifferences?: boolean;
  readonly fromLogStart?: boolean;
  readonly json?: boolean;
}

/** `holdfast rebuild`: folds shards again from the log beside the live ones, compares, and swaps what is equal. */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  command
    .option('--shard <n>', 'one shard', fromZero)
    .option('--all', 'every shard, one after the other')
    .option('--show <n>', 'name so many differing customers of each shard, field by field', fromZero, 0)
    .option('--dry-run', 'compare, and leave everything as it is')
    .option('--accept-differences', 'swap though something differs: what the log says wins')
    .option('--from-log-start', 'fold what is left of a log whose start is gone')
    .option('--json', 'one JSON text instead of lines')
    .action(async (options: Options) => {
      const { shard, all = false, show, json } = options;
      if ((shard === undefined) !== all) throw new InvalidArgumentError('either --shard <n> or --all is expected.');
      const addresses = await findAddresses(environment);
      const rebuilt = await atShardDesk(addresses, (desk) => {
        const partitions = shard === undefined ? Array.from({ length: desk.partitions }, (_, p) => p) : [shard];
        const { dryRun = false, acceptDifferences = false, fromLogStart = false } = options;
        return rebuildShards(addresses, desk, { partitions, show, dryRun, acceptDifferences, fromLogStart }, err);
      });
      out(json ? `${JSON.stringify({ shards: rebuilt })}\n` : describeRebuild(rebuilt));
      exit(exitCodeOf(rebuilt));
    });
}
