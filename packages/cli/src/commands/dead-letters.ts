import { DEAD_LETTER_TOPIC } from '@holdfast/events';
import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { listLetters, replaySelected, showLetter } from '../dead-letters/dead-letters.ts';
import type { LetterFilter } from '../dead-letters/letter-filter.ts';
import { createNaming, describeLetter, describeLetters, describeReplay } from '../dead-letters/letter-report.ts';
import type { CommandContext } from '../program.ts';
import { timeOption } from '../time-option.ts';
import { fromOne } from '../whole-number.ts';

interface WhereOptions {
  readonly deadLetterTopic: string;
}

interface FilterOptions extends WhereOptions {
  readonly from?: number;
  readonly to?: number;
  readonly reason?: readonly string[];
  readonly topic?: readonly string[];
  readonly source?: readonly string[];
}

interface OutputOptions {
  readonly personal?: boolean;
  readonly json?: boolean;
}

interface ReplayFlags extends FilterOptions {
  readonly limit: number;
  readonly rate: number;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly json?: boolean;
}

/** `holdfast dead-letters`: what could not be folded, what to do about it, and folding it once more. */
export function define(command: Command, { out, err, exit }: CommandContext): void {
  addFilters(command.command('list', { isDefault: true }).description('letters that match, and what to do about them'))
    .option('--limit <n>', 'at the most so many', fromOne, 100)
    .option('--personal', 'customer ids and foreign messages as they are, not pseudonyms')
    .option('--json', 'one JSON text instead of a table')
    .action(async (options: FilterOptions & OutputOptions & { readonly limit: number }) => {
      const naming = createNaming(options.personal ?? false);
      const letters = await listLetters(
        { ...(await placeOf(options)), filter: filterOf(options) },
        options.limit,
        naming,
      );
      out(options.json ? `${JSON.stringify({ deadLetters: letters })}\n` : describeLetters(letters));
      if (letters.length === options.limit) err(`holdfast: the first ${options.limit}; there may be more (--limit)\n`);
    });

  addPlace(command.command('show').description('one letter: headers, reason, what to do, its decoded value'))
    .argument('<letter>', 'partition/offset, as listed')
    .option('--personal', 'key, headers and fields of the event as they are')
    .option('--json', 'one JSON text instead of lines')
    .action(async (id: string, options: WhereOptions & OutputOptions) => {
      const letter = await showLetter(await placeOf(options), letterPlace(id), createNaming(options.personal ?? false));
      if (!letter) {
        err('holdfast: no letter at this place\n');
        return exit(1);
      }
      out(options.json ? `${JSON.stringify(letter)}\n` : describeLetter(letter));
    });

  addFilters(command.command('replay').description('send letters to the topics they came from, as new records'))
    .option('--limit <n>', 'replay at the most so many', fromOne, Number.MAX_SAFE_INTEGER)
    .option('--rate <n>', 'records per second', fromOne, 500)
    .option('--dry-run', 'say what would be replayed, and do nothing')
    .option('--again', 'also letters that were replayed before')
    .option('--json', 'one JSON text instead of lines')
    .action(async (options: ReplayFlags) => {
      const { limit, rate, dryRun = false, again = false } = options;
      const scan = { ...(await placeOf(options)), filter: filterOf(options) };
      const report = await replaySelected(scan, { limit, recordsPerSecond: rate, dryRun, again });
      out(options.json ? `${JSON.stringify(report)}\n` : describeReplay(report));
      if (report.failure !== undefined) exit(1);
    });
}

function addPlace(command: Command): Command {
  return command.option('--dead-letter-topic <name>', "another program's dead letters", DEAD_LETTER_TOPIC);
}

function addFilters(command: Command): Command {
  return addPlace(command)
    .option('--from <time>', 'set aside at or after: 2026-11-22T10:00:00Z, or so long ago: 30m, 2h, 3d', timeOption)
    .option('--to <time>', 'set aside before', timeOption)
    .option('--reason <code>', 'with this reason; may be repeated', collect)
    .option('--topic <name>', 'that came from this topic; may be repeated', collect)
    .option('--source <name>', 'with this source of the event, where it can be read; may be repeated', collect);
}

async function placeOf({ deadLetterTopic }: WhereOptions) {
  const { brokers, kafkaSecurity, registryUrl } = await findAddresses(environment);
  return { brokers, ...(kafkaSecurity && { kafkaSecurity }), registryUrl, topic: deadLetterTopic };
}

function filterOf({ from, to, reason, topic, source }: FilterOptions): LetterFilter {
  return { fromMs: from, toMs: to, reasons: reason, topics: topic, sources: source };
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function letterPlace(id: string): { readonly partition: number; readonly offset: number } {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(id) ?? [];
  if (partition === undefined || offset === undefined) {
    throw new InvalidArgumentError('a letter is named partition/offset, as listed.');
  }
  return { partition: Number(partition), offset: Number(offset) };
}
