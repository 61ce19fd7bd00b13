import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { applyRebase, describePlan, planRebase, type Target } from '../shards/rebase.ts';
import { atShardDesk } from '../shards/shard-desk.ts';
import { describeShard, describeShards, jsonOf } from '../shards/shard-report.ts';
import { viewShard } from '../shards/shard-view.ts';

interface RebaseOptions {
  readonly topic: readonly string[];
  readonly to: Target;
  readonly yes?: boolean;
}

/** `holdfast shard`: who owns the shards, how far they are, why one stopped, and the decision to go on elsewhere. */
export function define(command: Command, context: CommandContext): void {
  defineList(command, context);
  defineShow(command, context);
  defineRebase(command, context);
}

function defineList(command: Command, { out, exit }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('every shard in a line; exit code 1 when one stopped')
    .option('--json', 'one JSON text instead of lines')
    .action(async ({ json }: { json?: boolean }) => {
      const shards = await atShardDesk(await findAddresses(environment), (desk) =>
        Promise.all(Array.from({ length: desk.partitions }, (_, partition) => viewShard(desk, partition, Date.now()))),
      );
      out(json ? jsonOf({ shards }) : describeShards(shards));
      if (shards.some(({ standing }) => standing === 'stopped')) exit(1);
    });
}

function defineShow(command: Command, { out }: CommandContext): void {
  command
    .command('show')
    .description('all that a shard says of itself')
    .argument('<shard>', 'number of the shard', shardNumber)
    .option('--json', 'one JSON text instead of lines')
    .action(async (partition: number, { json }: { json?: boolean }) => {
      const view = await atShardDesk(await findAddresses(environment), (desk) =>
        viewShard(desk, partition, Date.now()),
      );
      out(json ? jsonOf(view) : describeShard(view));
    });
}

function defineRebase(command: Command, { out, err, exit }: CommandContext): void {
  command
    .command('rebase')
    .description('go on at another place of the log: after GAP, AHEAD or LOG_CHANGED, when what is lost is lost')
    .argument('<shard>', 'number of the shard', shardNumber)
    .requiredOption('--topic <name>', 'an input, or all; may be repeated', collect, [])
    .requiredOption('--to <place>', 'earliest, latest or an offset', target)
    .option('--yes', 'do it, instead of saying what it would do')
    .action(async (partition: number, { topic, to, yes }: RebaseOptions) => {
      if (topic.length === 0) throw new InvalidArgumentError('name the inputs with --topic.');
      const addresses = await findAddresses(environment);
      await atShardDesk(addresses, async (desk) => {
        const plan = await planRebase(desk, addresses, { partition, topics: topic, to });
        out(describePlan(plan));
        if (!yes) {
          err('holdfast: nothing was changed; --yes does it\n');
          return exit(1);
        }
        await applyRebase(desk, plan);
        out('done: the owner was fenced and claims again from there\n');
      });
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function target(text: string): Target {
  return text === 'earliest' || text === 'latest' ? text : shardNumber(text);
}

function shardNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number from 0 is expected.');
  return Number(text);
}
