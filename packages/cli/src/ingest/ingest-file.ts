import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EventInput } from '@holdfast/events';
import { deliver } from './delivery.ts';
import type { EventSink } from './event-sink.ts';
import { mapperFor } from './file-mapper.ts';
import { type IngestProgress, NO_PROGRESS, readProgress, writeProgress } from './ingest-progress.ts';
import { type FileLook, type InputFile, inputFile, STANDARD_INPUT } from './input-file.ts';
import type { MappingFile } from './mapping-file.ts';
import { type PrefixDigest, prefixDigest } from './prefix-digest.ts';
import { openRejectedRows, type RejectedRow, type RejectedRows } from './rejected-rows.ts';
import { createBatchGatherer, type RowBatch } from './row-batch.ts';
import { createRowReader, type Row } from './row-reader.ts';
import { UnfitFile } from './unfit-file.ts';

export interface IngestPlan {
  /** A file, packed where its name ends in `.gz`, or `-` for standard input. */
  readonly path: string;
  readonly mapping: MappingFile;
  readonly mappingText: string;
  readonly batchRows: number;
  readonly patienceMs: number;
  /** Begin anew, whatever was done of the file. */
  readonly isRestart: boolean;
}

export interface IngestDeps {
  readonly sink: EventSink;
  /** Told after each batch. */
  progress(state: { readonly readBytes: number; readonly sizeBytes: number; readonly rows: number }): void;
  waiting(why: string): void;
  /** Asked before each batch. */
  isStopped(): boolean;
}

export interface IngestSummary {
  readonly path: string;
  /** Of the whole file, with what earlier runs did. */
  readonly rows: number;
  readonly sent: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Where the rejected rows are; null when there is none. */
  readonly rejectedPath: string | null;
  /** The first line this run read; 1 for a file that it began. */
  readonly fromLine: number;
  /** Of this run alone. */
  readonly rowsNow: number;
  readonly seconds: number;
  /** False when it was told to stop before the end. */
  readonly isDone: boolean;
}

/**
 * Sends the rows of a file as events, in batches, one under way at a time. After each that was acknowledged it writes down how
 * far it is, so that a run that was cut short goes on there, and repeats one batch at the most, under the same event ids.
 * Throws `UnfitFile` when the mapping does not fit the file or it is not what was begun, `StackFailure` when nothing takes the events.
 */
export async function ingestFile(plan: IngestPlan, deps: IngestDeps): Promise<IngestSummary> {
  const begun = performance.now();
  const file = await inputFile(plan.path);
  const found = await whereItWas(plan, file);
  if (found?.isDone && isDeepStrictEqual(file.look, lookOf(found)))
    return summaryOf(plan, found, { rowsNow: 0, begun });
  const digest = await prefixDigest(file, found?.bytes ?? 0);
  if (digest === undefined || (found !== undefined && digest.at(found.bytes) !== found.digest))
    throw changed(plan.path);
  const rejected = await openRejectedRows(rejectedPathOf(plan.path), found?.rejectedBytes ?? 0);
  try {
    const run = createRun(plan, deps, { file, found, digest, rejected });
    const last = await run.all();
    return summaryOf(plan, last, { rowsNow: last.rows - (found?.rows ?? 0), begun, fromLine: (found?.lines ?? 0) + 1 });
  } finally {
    await rejected.close();
  }
}

export const progressPathOf = (path: string): string => `${path}.progress`;
export const rejectedPathOf = (path: string): string => `${path === STANDARD_INPUT ? 'stdin' : path}.rejected.csv`;
export const mappingDigestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function lookOf({ sizeBytes, modifiedMs }: IngestProgress): FileLook {
  return { sizeBytes, modifiedMs };
}

async function whereItWas(plan: IngestPlan, { look }: InputFile): Promise<IngestProgress | undefined> {
  if (look === undefined || plan.isRestart) return undefined;
  const found = await readProgress(progressPathOf(plan.path));
  if (found === undefined) return undefined;
  if (found.mapping !== mappingDigestOf(plan.mappingText)) {
    throw new UnfitFile(`${plan.path} was begun with another mapping`, RESTART);
  }
  return found;
}

const RESTART = '--restart begins it anew; rows that become the same event ids count once';

function changed(path: string): UnfitFile {
  return new UnfitFile(`${path} is not the file that was begun: what was sent of it reads differently now`, RESTART);
}

interface Opened {
  readonly file: InputFile;
  readonly found: IngestProgress | undefined;
  readonly digest: PrefixDigest;
  readonly rejected: RejectedRows;
}

function createRun(plan: IngestPlan, deps: IngestDeps, { file, found, digest, rejected }: Opened) {
  const { mapping } = plan.mapping;
  const start =
    found && found.bytes > 0 ? { byte: found.bytes, lines: found.lines, columns: found.columns } : undefined;
  const reader = createRowReader(mapping.file, start);
  const gatherer = createBatchGatherer(plan.batchRows, found?.bytes ?? 0);
  const look: FileLook = file.look ?? { sizeBytes: 0, modifiedMs: 0 };
  let state: IngestProgress = {
    ...(found ?? { ...NO_PROGRESS, columns: [], digest: digest.at(0) }),
    ...look,
    version: 1,
    mapping: mappingDigestOf(plan.mappingText),
    isDone: false,
  };
  let toOutcome: ReturnType<typeof mapperFor> | undefined;
  let underWay: Promise<void> = Promise.resolve();

  const save = async (next: IngestProgress): Promise<void> => {
    if (file.look !== undefined) await writeProgress(progressPathOf(plan.path), next);
    state = next;
  };
  const commit = async (batch: RowBatch, batchDigest: string): Promise<void> => {
    const refused = await sendBatch(batch, plan, deps);
    const rejectedBytes = await rejected.append(refused);
    await save({
      ...state,
      bytes: batch.end,
      digest: batchDigest,
      lines: batch.lines,
      columns: [...(reader.columns() ?? [])],
      rows: state.rows + batch.rows,
      sent: state.sent + batch.rows - batch.skipped - refused.length,
      skipped: state.skipped + batch.skipped,
      rejected: state.rejected + refused.length,
      rejectedBytes,
    });
    deps.progress({ readBytes: file.readBytes(), sizeBytes: look.sizeBytes, rows: state.rows });
  };
  /** The next batch is gathered while one is under way, and sent when that one is acknowledged and written down. */
  const hand = async (batch: RowBatch | undefined): Promise<void> => {
    if (batch === undefined) return;
    await underWay;
    underWay = commit(batch, digest.at(batch.end));
    // Awaited above or at the end; a failure meanwhile is no unhandled one.
    underWay.catch(() => undefined);
  };
  const take = async (rows: readonly Row[]): Promise<void> => {
    for (const row of rows) {
      toOutcome ??= mapperFor(plan.mapping, reader);
      await hand(gatherer.add(row, toOutcome(row)));
      if (deps.isStopped()) return;
    }
  };

  return {
    async all(): Promise<IngestProgress> {
      try {
        for await (const chunk of file.chunks(found?.bytes ?? 0)) {
          digest.push(chunk);
          await take(reader.push(chunk));
          if (deps.isStopped()) break;
        }
      } catch (error) {
        await underWay;
        throw readFailure(error, plan.path, state);
      }
      if (!deps.isStopped()) {
        await take(reader.end());
        await hand(gatherer.rest());
      }
      await underWay;
      if (!deps.isStopped()) await save({ ...state, isDone: true });
      return state;
    },
  };
}

/** Sends the events of a batch; answers its rejected rows in the order of their lines. */
async function sendBatch(batch: RowBatch, plan: IngestPlan, deps: IngestDeps): Promise<readonly RejectedRow[]> {
  const events: readonly EventInput[] = batch.events.map(({ event }) => event);
  const delivered = await deliver(deps.sink, events, { patienceMs: plan.patienceMs, waiting: deps.waiting });
  const refused = batch.events.flatMap(({ line }, index) => {
    const answer = delivered[index];
    return answer?.kind === 'rejected' ? [{ line, field: answer.field, reason: answer.reason }] : [];
  });
  return [...batch.rejected, ...refused].sort((left, right) => left.line - right.line);
}

function readFailure(error: unknown, path: string, { lines }: IngestProgress): unknown {
  const isOfFile =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(Z_|E[A-Z]+$)/.test(error.code);
  if (!isOfFile) return error;
  const { message } = error as Error;
  return new UnfitFile(
    `${path} cannot be read on: ${message}`,
    `its rows up to line ${lines} were sent; the same command goes on there`,
  );
}

function summaryOf(
  { path }: IngestPlan,
  { rows, sent, skipped, rejected, isDone }: IngestProgress,
  { rowsNow, begun, fromLine = 1 }: { readonly rowsNow: number; readonly begun: number; readonly fromLine?: number },
): IngestSummary {
  const rejectedPath = rejected > 0 ? rejectedPathOf(path) : null;
  const seconds = (performance.now() - begun) / 1_000;
  return { path, rows, sent, skipped, rejected, rejectedPath, fromLine, rowsNow, seconds, isDone };
}
