import { ArchiveError, pathOf } from '@holdfast/archive';
import { type Command, Option } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { type ArchiveRound, archiveRound } from '../archive/archive-round.ts';
import { placeOptions } from '../archive/place-options.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { createProgressLine } from '../progress-line.ts';
import { createStopSignal } from '../stop-signal.ts';
import { fromOne } from '../whole-number.ts';

interface Options {
  readonly to: string;
  readonly follow?: boolean;
  readonly every: number;
  readonly acceptGaps?: boolean;
  readonly json?: boolean;
}

/** `holdfast archive`: moves events and decisions from the log to Parquet files. */
export function define(command: Command, { out, err }: CommandContext): void {
  command
    .requiredOption('--to <place>', 'a folder, made where it is not there, or s3://bucket/prefix')
    .option('--once', 'what the log has now (default)')
    .addOption(new Option('--follow', 'again and again, until it is told to stop').conflicts('once'))
    .option('--every <seconds>', 'pause between two rounds of --follow', fromOne, 600)
    .option('--accept-gaps', 'go on behind records that retention took before they were archived')
    .option('--json', 'one JSON text a round instead of lines')
    .action(async (options: Options) => {
      const { brokers, kafkaSecurity, registryUrl } = await findAddresses(environment);
      const { to: location, acceptGaps = false, follow = false, every } = options;
      const place = placeOptions(environment);
      const progress = createProgressLine({ write: err, isTerminal: process.stderr.isTTY === true, now: Date.now });
      // A round that has begun is finished; the pause after it ends at once.
      const stopping = createStopSignal();
      do {
        const plan = {
          ...{ brokers, ...(kafkaSecurity && { kafkaSecurity }), registryUrl },
          ...{ location, place, acceptGaps },
        };
        const round = await orFailure(archiveRound(plan, { progress: progress.show })).finally(progress.end);
        out(options.json ? `${JSON.stringify(round)}\n` : describeRound(round));
      } while (follow && !(await stopping.within(every * 1_000)));
      stopping.end();
    });
}

export function describeRound({ records, files, gaps }: ArchiveRound): string {
  const lost = gaps.map(
    ({ topic, partition, from, to }) => `  lost  ${topic}/${partition}: offsets ${from} to ${to - 1}\n`,
  );
  const named = files.map((file) => `  ${pathOf(file)}\n`);
  return `${records.toLocaleString('en')} records, ${files.length} files\n${named.join('')}${lost.join('')}`;
}

async function orFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ArchiveError) throw new StackFailure(error.message, '');
    throw error;
  }
}
