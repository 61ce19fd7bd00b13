import {
  DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  DuckDBMapValue,
} from '@duckdb/node-api';
import type { LogRecord } from '@holdfast/engine';
import { ArchiveError } from './archive-error.ts';
import { type ArchiveFile, dayOf, pathOf } from './archive-file.ts';
import { type ArchiveIndex, readIndex } from './archive-index.ts';
import { type ArchivePlace, openPlace, type PlaceOptions } from './archive-place.ts';
import { readSchemas } from './schema-files.ts';

/** Append times `[fromMs, toMs)`, ms since the epoch. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An archive opened to be read; several may be at once, also while it is written. */
export interface ArchiveReader {
  readonly index: ArchiveIndex;
  /** Writers' schemas by registry id, as JSON. */
  readonly schemas: ReadonlyMap<number, string>;
  /** The records of a partition, in the order of the log, in stretches. */
  read(topic: string, partition: number, range: TimeRange): AsyncGenerator<readonly LogRecord[], void>;
  /** How many records there may be of a partition, for a progress bar. */
  estimate(topic: string, partition: number, range: TimeRange): number;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Throws `ArchiveError` for what is no archive, or cannot be trusted. */
export async function openArchive(location: string, options: PlaceOptions = {}): Promise<ArchiveReader> {
  const place = await openPlace(location, options);
  try {
    return await readerOf(place);
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function readerOf(place: ArchivePlace): Promise<ArchiveReader> {
  const index = await readIndex(place);
  const schemas = await readSchemas(place);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const filesIn = (topic: string, partition: number, range: TimeRange) =>
    index.filesOf(topic, partition).filter((file) => mayHold(file, range));

  return {
    index,
    schemas,
    async *read(topic, partition, range) {
      const connection = await instance.connect();
      try {
        for (const file of filesIn(topic, partition, range)) yield* readFetched({ connection, place, file, range });
      } finally {
        connection.closeSync();
      }
    },
    estimate: (topic, partition, range) =>
      filesIn(topic, partition, range).reduce((sum, { first, last }) => sum + last - first + 1, 0),
    async close() {
      instance.closeSync();
      await place.close();
    },
  };
}

/** A broker's clock may go back over midnight: a day on either side. */
function mayHold({ date }: ArchiveFile, { fromMs, toMs }: TimeRange): boolean {
  return date >= dayOf(Math.max(0, fromMs - DAY_MS)) && date <= dayOf(Math.min(MAX_DAY_MS, toMs + DAY_MS));
}

/** 9999-12-31: beyond, days are written otherwise. */
const MAX_DAY_MS = 253_402_214_400_000;

interface FileRead {
  readonly connection: DuckDBConnection;
  readonly place: ArchivePlace;
  readonly file: ArchiveFile;
  readonly range: TimeRange;
}

/** DuckDB reads files of this machine only: its own way to S3 is an extension that it would download at run time. */
async function* readFetched({ connection, place, file, range }: FileRead): AsyncGenerator<readonly LogRecord[], void> {
  const name = pathOf(file);
  const fetched = await place.fetch(name);
  try {
    const result = await connection.stream(selectFrom(fetched.path, range));
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      yield recordsIn(chunk, file);
    }
  } catch (error) {
    throw new ArchiveError('unreadable', `${place.name}/${name} cannot be read: ${String(error)}`, { cause: error });
  } finally {
    await fetched.release();
  }
}

function selectFrom(path: string, { fromMs, toMs }: TimeRange): string {
  return `SELECT "offset"::DOUBLE, epoch_ms("append_time")::DOUBLE, "key", "value", "headers"
    FROM read_parquet('${path.replaceAll("'", "''")}', hive_partitioning = false)
    WHERE "append_time" >= make_timestamp_ms(${Math.floor(fromMs)}) AND "append_time" < make_timestamp_ms(${Math.ceil(Math.min(toMs, MAX_DAY_MS))})`;
}

function recordsIn(chunk: DuckDBDataChunk, { topic, partition }: ArchiveFile): readonly LogRecord[] {
  const [offsets = [], times = [], keys = [], values = [], headers = []] = chunk.getColumns();
  return offsets.map((offset, row) => ({
    topic,
    partition,
    offset: Number(offset),
    appendTime: Number(times[row]),
    key: bytesOf(keys[row]),
    value: bytesOf(values[row]),
    headers: headersOf(headers[row]),
  }));
}

function bytesOf(value: unknown): Buffer | null {
  if (!(value instanceof DuckDBBlobValue)) return null;
  const { buffer, byteOffset, byteLength } = value.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}

const NO_HEADERS: LogRecord['headers'] = Object.freeze({});

function headersOf(value: unknown): LogRecord['headers'] {
  if (!(value instanceof DuckDBMapValue)) return NO_HEADERS;
  return Object.fromEntries(value.entries.map((entry) => [String(entry.key), bytesOf(entry.value) ?? Buffer.alloc(0)]));
}
