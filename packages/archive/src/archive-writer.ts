import { DuckDBInstance } from '@duckdb/node-api';
import type { LogRecord } from '@holdfast/engine';
import type { LogEvent } from '@holdfast/events';
import { ArchiveError } from './archive-error.ts';
import { type ArchiveFile, dayOf, pathOf } from './archive-file.ts';
import { type ArchiveIdentity, createIndex, removeUnfinished } from './archive-index.ts';
import { type ArchivePlace, openPlace, type PlaceOptions } from './archive-place.ts';
import { type ArchivedRecord, writeParquet } from './record-table.ts';
import { openSchemaFiles, schemaIdOf } from './schema-files.ts';
import { lockArchive } from './writer-lock.ts';

export interface ArchiveWriterDeps {
  /** What a record says, for the typed columns; undefined where it cannot be read. */
  decode(record: LogRecord): LogEvent | undefined | Promise<LogEvent | undefined>;
  /** A writer's schema as JSON; undefined where nobody knows it. */
  schemaText(id: number): Promise<string | undefined>;
  /** Where it is kept; default `openPlace`. */
  readonly openPlace?: typeof openPlace;
}

export interface ArchiveWriterOptions extends PlaceOptions {
  /** A folder, or `s3://bucket/prefix`; made where it is not there, but for the bucket. */
  readonly location: string;
  readonly identity: ArchiveIdentity;
  /** A file is finished at so many records … */
  readonly recordsPerFile?: number;
  /** … and all open ones when they hold so many bytes together. */
  readonly bufferBytes?: number;
}

/**
 * Appends records to an archive, each once: a file is named by its offsets and appears whole or not at all, so whoever
 * comes after a crash goes on behind the newest file. One call at a time.
 */
export interface ArchiveWriter {
  /** Where a partition goes on; undefined when nothing of it is there. */
  nextOffset(topic: string, partition: number): number | undefined;
  /** Takes the next record of its partition. Throws `ArchiveError` for one that is there already. */
  append(record: LogRecord): Promise<void>;
  /** Leaves out what the log has no more: a gap that readers are told of. */
  skipTo(topic: string, partition: number, offset: number): void;
  /** Finishes all open files; answers those finished since the last call. */
  flush(): Promise<readonly ArchiveFile[]>;
  /** Lets go of the archive. What was not flushed is not there. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly topic: string;
  readonly partition: number;
  readonly date: string;
  readonly first: number;
  readonly records: ArchivedRecord[];
}

const RECORDS_PER_FILE = 500_000;
const BUFFER_BYTES = 128 * 1024 * 1024;
/** A record in memory beside its bytes, decoded event included. */
const RECORD_BYTES = 1_200;

/** Throws `ArchiveError` for an archive of another installation, or one that somebody writes to. */
export async function openArchiveWriter(
  options: ArchiveWriterOptions,
  deps: ArchiveWriterDeps,
): Promise<ArchiveWriter> {
  const { location, recordsPerFile = RECORDS_PER_FILE, bufferBytes = BUFFER_BYTES } = options;
  const place = await (deps.openPlace ?? openPlace)(location, options);
  const { index, unlock } = await claim(place, options.identity);
  const schemas = await openSchemaFiles(place);
  const connection = await (await DuckDBInstance.create()).connect();
  const nexts = new Map<string, number>();
  const open = new Map<string, OpenFile>();
  let finished: ArchiveFile[] = [];
  let heldBytes = 0;

  const nameOf = (topic: string, partition: number) => `${topic}/${partition}`;
  const nextOffset = (topic: string, partition: number) =>
    nexts.get(nameOf(topic, partition)) ?? index.nextOffset(topic, partition);

  const keepSchema = async (record: LogRecord): Promise<void> => {
    const id = schemaIdOf(record);
    if (id === undefined || schemas.has(id)) return;
    const text = await deps.schemaText(id);
    if (text !== undefined) await schemas.add(id, text);
  };

  const finish = async (file: OpenFile): Promise<void> => {
    const { topic, partition, date, first, records } = file;
    const last = records.at(-1)?.record.offset ?? first;
    const named: ArchiveFile = { topic, partition, date, first, last };
    const path = pathOf(named);
    const draft = await place.draft(path);
    await writeParquet(connection, draft, records);
    await place.publish(draft, path);
    open.delete(nameOf(topic, partition));
    heldBytes -= bytesOf(records);
    finished.push(named);
  };

  const finishAll = async (): Promise<void> => {
    for (const file of [...open.values()]) await finish(file);
  };

  /** The open file a record belongs to; one of an earlier day, or that is full, is finished first. */
  const fileFor = async ({ topic, partition, offset, appendTime }: LogRecord): Promise<OpenFile> => {
    const next = nextOffset(topic, partition);
    if (next !== undefined && offset < next) {
      throw new ArchiveError(
        'overlap',
        `${topic}/${partition} is archived up to offset ${next}: ${offset} is there already`,
      );
    }
    const name = nameOf(topic, partition);
    const date = dayOf(appendTime);
    const known = open.get(name);
    if (known && known.date === date && known.records.length < recordsPerFile) return known;
    if (known) await finish(known);
    // A hole before it (a transaction's marker, an aborted record) is this file's.
    const file = { topic, partition, date, first: next ?? offset, records: [] };
    open.set(name, file);
    return file;
  };

  return {
    nextOffset,
    async append(record) {
      const file = await fileFor(record);
      const decoded = deps.decode(record);
      const event = decoded instanceof Promise ? await decoded : decoded;
      const id = schemaIdOf(record);
      if (id !== undefined && !schemas.has(id)) await keepSchema(record);
      file.records.push({ record, event });
      nexts.set(nameOf(record.topic, record.partition), record.offset + 1);
      heldBytes += sizeOf(record);
      if (heldBytes > bufferBytes) await finishAll();
    },
    skipTo: (topic, partition, offset) => void nexts.set(nameOf(topic, partition), offset),
    async flush() {
      await finishAll();
      const done = finished;
      finished = [];
      return done;
    },
    async close() {
      connection.closeSync();
      await unlock().finally(() => place.close());
    },
  };
}

async function claim(place: ArchivePlace, identity: ArchiveIdentity) {
  let unlock = () => Promise.resolve();
  try {
    unlock = await lockArchive(place);
    const index = await createIndex(place, identity);
    await removeUnfinished(place);
    return { index, unlock };
  } catch (error) {
    await unlock().finally(() => place.close());
    throw error;
  }
}

function sizeOf({ key, value }: LogRecord): number {
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
}

function bytesOf(records: readonly ArchivedRecord[]): number {
  return records.reduce((sum, { record }) => sum + sizeOf(record), 0);
}
