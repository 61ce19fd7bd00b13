import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { initialise } from '../installation.ts';
import type { CommandContext } from '../program.ts';

interface Options {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly rebuild?: boolean;
  readonly json?: boolean;
}

/** `holdfast init`: safe to run again; exit code 1 where the installation would not be what was recorded. */
export function define(command: Command, { out }: CommandContext): void {
  command
    .option('--partitions <n>', 'partitions of every topic of a new installation', positive, 8)
    .option('--replication-factor <n>', 'copies of each partition', positive, 1)
    .option('--rebuild', 'fold a log that has records into an empty store')
    .option('--json', 'one JSON text instead of lines')
    .action(async (options: Options) => {
      const plan = { ...options, rebuild: options.rebuild ?? false };
      const done = await initialise(await findAddresses(environment), plan);
      if (options.json) return out(`${JSON.stringify(done)}\n`);
      out(`schemas registered: ${done.schemas}, compatibility BACKWARD\n`);
      out(`topics created: ${done.createdTopics.length}, ${done.partitions} partitions each\n`);
      out(`shards created: ${done.createdShards}, already there: ${done.existingShards}\n`);
    });
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1 || number > 10_000) {
    throw new InvalidArgumentError('a whole number from 1 to 10000 is expected.');
  }
  return number;
}
