import { describeEvaluation, describePresented } from '@holdfast/insights';
import { type Command, InvalidArgumentError } from 'commander';
import { placeOptions } from '../archive/place-options.ts';
import { type ArchiveEvaluation, evaluateArchive } from '../campaigns/evaluation.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { parseTime } from '../time-option.ts';

interface EvaluateOptions {
  readonly archive: string;
  readonly from: number;
  readonly to: number;
  readonly json?: boolean;
}

/** `holdfast campaign evaluate [ID] --archive DIR`: needs no stack. */
export function defineEvaluate(command: Command, { out }: CommandContext): void {
  command
    .command('evaluate')
    .description('what deciding or recommending otherwise would have earned, from archived probabilities')
    .argument('[campaign]', 'its id (default: all)')
    .requiredOption('--archive <place>', 'as written by holdfast archive: a folder, or s3://bucket/prefix')
    .option('--from <time>', 'decisions from: 2026-11-22T10:00:00Z, or so long ago: 36h, 30d', time, 0)
    .option('--to <time>', 'offers that ended before (default: now)', time, Date.now())
    .option('--json', 'one JSON text instead of a table')
    .action(async (campaign: string | undefined, { archive, from, to, json }: EvaluateOptions) => {
      const range = { fromMs: from, toMs: to };
      const place = placeOptions(environment);
      const evaluation = await evaluateArchive({
        archive,
        place,
        range,
        ...(campaign === undefined ? {} : { campaign }),
      });
      out(json ? `${JSON.stringify(evaluation)}\n` : textOf(evaluation));
    });
}

function textOf({ decided, presented }: ArchiveEvaluation): string {
  return [decided && describeEvaluation(decided), presented && describePresented(presented)]
    .filter((text) => text !== null)
    .join('\n');
}

function time(text: string): number {
  const ms = parseTime(text, Date.now());
  if (ms === undefined) throw new InvalidArgumentError('a time like 2026-11-22T10:00:00Z or 30d is expected.');
  return ms;
}
