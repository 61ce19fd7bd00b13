import { readFile } from 'node:fs/promises';
import { createRegisteredProducer } from '@holdfast/kafka';
import { parseConfig } from '@holdfast/observability';
import { formatDiagnostic } from '@holdfast/policy';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { findLog } from '../addresses.ts';
import { environment } from '../config.ts';
import { watchDropFolder } from '../ingest/drop-folder.ts';
import { dryRun } from '../ingest/dry-run.ts';
import type { EventSink } from '../ingest/event-sink.ts';
import { createGatewaySink } from '../ingest/gateway-sink.ts';
import { type IngestPlan, type IngestSummary, ingestFile } from '../ingest/ingest-file.ts';
import { describeDryRun, describeIngest } from '../ingest/ingest-report.ts';
import { createLogSink } from '../ingest/log-sink.ts';
import { readMapping } from '../ingest/mapping-file.ts';
import { UnfitFile } from '../ingest/unfit-file.ts';
import type { CommandContext } from '../program.ts';
import { createProgressLine, type ProgressLine } from '../progress-line.ts';
import { createStopSignal, type StopSignal } from '../stop-signal.ts';
import { fromOne } from '../whole-number.ts';

interface Options {
  readonly map: string;
  readonly url?: string;
  readonly dryRun?: boolean;
  readonly show: number;
  readonly watch?: string;
  readonly batch: number;
  readonly patience: number;
  readonly restart?: boolean;
  readonly json?: boolean;
}

const INTERRUPTED = 130;
const MAX_BATCH = 10_000;
const LOOK_EVERY_MS = 1_000;
/** What is over sooner shows no progress. */
const QUIET_SECONDS = 1;

/** `holdfast ingest FILE… --map FILE`: exit code 1 when a row was rejected, 130 when it was told to stop. */
export function define(command: Command, context: CommandContext): void {
  command
    .description('send the rows of billing files, CSV or fixed-width, as events')
    .argument('[files...]', 'files, packed where they end in .gz; - is standard input')
    .requiredOption('--map <file>', 'the mapping: what columns mean; see packages/cli/examples')
    .option('--url <url>', 'through the gateway there, with the key in HOLDFAST_API_KEY, instead of straight to Kafka')
    .option('--dry-run', 'check every row, show the first events, send nothing')
    .option('--show <n>', 'events and rejected rows shown by --dry-run', fromOne, 5)
    .addOption(
      new Option(
        '--watch <dir>',
        'take the finished files of a folder, again and again; done ones go to done/ in it',
      ).conflicts('dryRun'),
    )
    .option('--batch <rows>', 'rows sent, and written down as done, together', batchRows, 2_000)
    .option(
      '--patience <seconds>',
      'how long events that are not taken are sent again; for ever with --watch',
      fromOne,
      120,
    )
    .option('--restart', 'begin the files anew, whatever was done of them')
    .option('--json', 'one JSON text a file instead of lines')
    .action((files: string[], options: Options) => ingest(files, options, context));
}

async function ingest(files: readonly string[], options: Options, context: CommandContext): Promise<void> {
  if ((files.length === 0) === (options.watch === undefined)) {
    throw new InvalidArgumentError('either files or --watch <dir> is expected.');
  }
  const mappingText = await textOf(options.map);
  const mapping = checkedMapping(options.map, mappingText);
  if (options.dryRun) {
    for (const path of files) {
      const done = await dryRun({ path, mapping, shown: options.show });
      context.out(options.json ? `${JSON.stringify(done)}\n` : describeDryRun(done));
      if (done.rejected > 0) context.exit(1);
    }
    return;
  }
  const stopping = createStopSignal();
  const sink = await openSink(options.url);
  const work: Work = { options, context, mapping, mappingText, stopping, sink };
  try {
    if (options.watch === undefined) await takeFiles(files, work);
    else await watch(options.watch, work);
  } finally {
    stopping.end();
    await sink.close();
  }
}

interface Work extends Pick<IngestPlan, 'mapping' | 'mappingText'> {
  readonly options: Options;
  readonly context: CommandContext;
  readonly stopping: StopSignal;
  readonly sink: EventSink;
}

async function takeFiles(files: readonly string[], work: Work): Promise<void> {
  const { context, stopping } = work;
  for (const path of files) {
    const { isDone, rejected } = await takeFile(path, work);
    if (rejected > 0) context.exit(1);
    if (isDone && !stopping.isTold()) continue;
    if (!isDone) context.exit(INTERRUPTED);
    return;
  }
}

async function watch(folder: string, work: Work): Promise<void> {
  const { context, stopping } = work;
  await watchDropFolder(folder, {
    async take(path) {
      try {
        return (await takeFile(path, work)).isDone ? 'done' : 'stopped';
      } catch (error) {
        // An outage, or a key that is refused, is no fault of the file: it stays where it is.
        if (!(error instanceof UnfitFile)) throw error;
        context.err(`holdfast: ${error.message}\n`);
        return 'failed';
      }
    },
    pause: () => stopping.within(LOOK_EVERY_MS),
  });
}

async function takeFile(path: string, work: Work): Promise<IngestSummary> {
  const { options, context, mapping, mappingText, stopping, sink } = work;
  const line = createProgressLine({
    write: context.err,
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  });
  const plan: IngestPlan = {
    path,
    mapping,
    mappingText,
    batchRows: options.batch,
    patienceMs: options.watch === undefined ? options.patience * 1_000 : Number.POSITIVE_INFINITY,
    isRestart: options.restart ?? false,
  };
  const summary = await ingestFile(plan, {
    sink,
    progress: showing(path, line),
    waiting: (why) => context.err(`holdfast: waiting: ${why}\n`),
    isStopped: stopping.isTold,
  }).finally(line.end);
  context.out(options.json ? `${JSON.stringify(summary)}\n` : describeIngest(summary));
  return summary;
}

/** From the first batch on, so that the time to connect does not count. */
function showing(path: string, line: ProgressLine) {
  let first: { readonly atMs: number; readonly rows: number } | undefined;
  return ({ readBytes, sizeBytes, rows }: { readBytes: number; sizeBytes: number; rows: number }): void => {
    first ??= { atMs: performance.now(), rows };
    const seconds = (performance.now() - first.atMs) / 1_000;
    if (seconds < QUIET_SECONDS) return;
    const rate = Math.round((rows - first.rows) / seconds).toLocaleString('en');
    line.show(
      path,
      readBytes,
      sizeBytes,
      `${sizeBytes === 0 ? '' : 'bytes, '}${rows.toLocaleString('en')} rows, ${rate} rows/s`,
    );
  };
}

async function openSink(url: string | undefined): Promise<EventSink> {
  if (url === undefined) {
    const { kafkaSecurity, ...log } = await findLog(environment);
    return createLogSink(createRegisteredProducer({ ...log, ...kafkaSecurity, clientId: 'holdfast-ingest' }));
  }
  if (!URL.canParse(url))
    throw new InvalidArgumentError('--url is the address of a gateway, such as http://127.0.0.1:8080.');
  const { HOLDFAST_API_KEY: apiKey } = parseConfig(environment, z.object({ HOLDFAST_API_KEY: z.string().min(1) }));
  return createGatewaySink({ url, apiKey });
}

function checkedMapping(path: string, text: string) {
  const read = readMapping(path, text);
  if (read.kind === 'read') return read.file;
  throw new StackFailure(`the mapping cannot be used:\n${read.diagnostics.map(formatDiagnostic).join('\n')}`);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StackFailure(`the mapping cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function batchRows(text: string): number {
  const rows = fromOne(text);
  if (rows > MAX_BATCH) throw new InvalidArgumentError(`at most ${MAX_BATCH}.`);
  return rows;
}
