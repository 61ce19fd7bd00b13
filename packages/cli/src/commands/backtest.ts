import { describeBacktest } from '@holdfast/backtest';
import { CUSTOMER_INPUTS } from '@holdfast/events';
import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { placeOptions } from '../archive/place-options.ts';
import { type BacktestPlan, runBacktest } from '../backtest/run-backtest.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { createProgressLine } from '../progress-line.ts';
import { parseTime } from '../time-option.ts';
import { fromZero } from '../whole-number.ts';

interface Options {
  readonly policy: string;
  readonly from: number;
  readonly to: number;
  readonly campaign?: readonly string[];
  readonly against?: string;
  readonly archive?: string;
  readonly fromOffset?: ReadonlyMap<string, number>;
  readonly warmUp?: number;
  readonly sample: number;
  readonly seed: number;
  readonly processes?: number;
  readonly personal?: boolean;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

/** `holdfast backtest`: what a policy would have done to recorded events. Nobody is contacted, nothing live is touched. */
export function define(command: Command, { out, err }: CommandContext): void {
  command
    .requiredOption('--policy <name>', 'the policy asked about: a folder, a published version, or in-force')
    .requiredOption('--from <time>', 'count decisions from: 2026-11-22T10:00:00Z, or so long ago: 36h, 30d', time)
    .option('--to <time>', 'count decisions before (default: now)', time, Date.now())
    .option('--campaign <id>', 'count it as if it were live; may be repeated', collect)
    .option('--against <name>', 'another policy, side by side')
    .option(
      '--archive <place>',
      'read recorded events from this archive: a folder or s3://bucket/prefix; else from Kafka',
    )
    .addOption(
      new Option(
        '--from-offset <place>',
        'read this partition of the log from there: telecom.usage.v1/3@1200; repeatable',
      )
        .argParser(place)
        .conflicts('archive'),
    )
    .option('--warm-up <days>', 'fill features with so many days before --from (default: all there is)', fromZero)
    .option('--sample <n>', 'decisions of each trigger to show with their evidence', fromZero, 2)
    .option('--seed <n>', 'draws the sample', fromZero, 1)
    .option('--processes <n>', 'partitions folded at a time (default: one per core)', fromZero)
    .option('--personal', 'name the customers of the sample')
    .option('--json', 'one JSON text instead of tables')
    .action(async (options: Options) => {
      const progress = createProgressLine({ write: err, isTerminal: process.stderr.isTTY === true, now: Date.now });
      const deps = { progress: progress.show, note: (line: string) => err(`holdfast: ${line}\n`) };
      const report = await runBacktest(await planOf(options), deps).finally(progress.end);
      out(options.json ? `${JSON.stringify(report)}\n` : describeBacktest(report));
    });
}

async function planOf(options: Options): Promise<BacktestPlan> {
  const { policy, against, campaign = [], from, to, warmUp, sample, seed, processes, personal = false } = options;
  return {
    policies: against === undefined ? [policy] : [policy, against],
    addresses: () => findAddresses(environment),
    campaigns: campaign,
    window: { fromMs: from, toMs: to },
    ...(warmUp === undefined ? {} : { warmUpMs: warmUp * DAY_MS }),
    sample: { perTrigger: sample, seed },
    isPersonal: personal,
    ...(processes === undefined ? {} : { processes }),
    ...(await sourceOf(options)),
  };
}

/** An archive needs no stack. */
async function sourceOf({ archive, fromOffset }: Options): Promise<Pick<BacktestPlan, 'source' | 'erasureKey'>> {
  if (archive !== undefined) return { source: { archive, place: placeOptions(environment) }, erasureKey: erasureKey() };
  const { brokers, registryUrl, erasureKey: key } = await findAddresses(environment);
  const log = { brokers, registryUrl, ...(fromOffset === undefined ? {} : { fromOffsets: fromOffset }) };
  return { source: { log }, erasureKey: key };
}

function erasureKey(): string | undefined {
  const key = environment.HOLDFAST_ERASURE_KEY || undefined;
  if (key === undefined || key.length >= MIN_SECRET_LENGTH) return key;
  throw new StackFailure('HOLDFAST_ERASURE_KEY is too short', `it has ${MIN_SECRET_LENGTH} characters or more`);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function place(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const [, topic = '', partition, offset] = /^([\w.-]+)\/(\d{1,6})@(\d{1,15})$/.exec(text) ?? [];
  if (!CUSTOMER_INPUTS.includes(topic)) {
    throw new InvalidArgumentError(`topic/partition@offset is expected, of ${CUSTOMER_INPUTS.join(', ')}.`);
  }
  return new Map([...before, [`${topic}/${partition}`, Number(offset)]]);
}

function time(text: string): number {
  const ms = parseTime(text, Date.now());
  if (ms === undefined) throw new InvalidArgumentError('a time like 2026-11-22T10:00:00Z or 30d is expected.');
  return ms;
}
