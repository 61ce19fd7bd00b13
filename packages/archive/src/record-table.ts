import {
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBMapValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { LogRecord } from '@holdfast/engine';
import type { LogEvent } from '@holdfast/events';
import { type Column, type ColumnKind, columnName, payloadColumns } from './columns.ts';

/** A record with what it says, where that could be read. */
export interface ArchivedRecord {
  readonly record: LogRecord;
  readonly event: LogEvent | undefined;
}

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'VARCHAR',
  whole: 'BIGINT',
  number: 'DOUBLE',
  truth: 'BOOLEAN',
  instant: 'TIMESTAMP',
  json: 'VARCHAR',
};

/** What a record is, byte for byte, then what every event says. Quoted: `offset` is a word of SQL. */
const OWN_COLUMNS = `"partition" INTEGER, "offset" BIGINT, "append_time" TIMESTAMP, "key" BLOB, "value" BLOB,
  "headers" MAP(VARCHAR, BLOB), "event_type" VARCHAR, "event_id" VARCHAR, "source" VARCHAR, "occurred_at" TIMESTAMP, "customer_id" VARCHAR`;
const ROW_GROUP_RECORDS = 100_000;

/** Writes records of one topic and partition as one Parquet file. */
export async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  records: readonly ArchivedRecord[],
): Promise<void> {
  const columns = payloadColumns(records[0]?.record.topic ?? '');
  const payload = columns.map(({ name, kind }) => `, "${columnName(name)}" ${TYPES[kind]}`).join('');
  await connection.run(`CREATE OR REPLACE TEMP TABLE records (${OWN_COLUMNS}${payload})`);
  const appender = await connection.createAppender('records');
  for (const archived of records) appendRow(appender, archived, columns);
  appender.closeSync();
  await connection.run(
    `COPY records TO '${path.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_RECORDS})`,
  );
  await connection.run('DROP TABLE records');
}

function appendRow(appender: DuckDBAppender, { record, event }: ArchivedRecord, columns: readonly Column[]): void {
  appender.appendInteger(record.partition);
  appender.appendBigInt(BigInt(record.offset));
  appendInstant(appender, record.appendTime);
  appendBytes(appender, record.key);
  appendBytes(appender, record.value);
  appendHeaders(appender, record.headers);
  appendText(appender, event?.type);
  appendText(appender, event?.eventId);
  appendText(appender, event?.source);
  appendInstant(appender, event?.occurredAt);
  appendText(appender, event && 'customerId' in event ? event.customerId : undefined);
  const fields: Readonly<Record<string, unknown>> = { ...event };
  for (const { name, kind } of columns) appendField(appender, fields[name], kind);
  appender.endRow();
}

function appendBytes(appender: DuckDBAppender, bytes: Buffer | null): void {
  if (bytes === null) appender.appendNull();
  else appender.appendBlob(bytes);
}

function appendText(appender: DuckDBAppender, text: string | undefined): void {
  if (text === undefined) appender.appendNull();
  else appender.appendVarchar(text);
}

const MICROS_PER_MS = 1_000n;

function appendInstant(appender: DuckDBAppender, ms: number | undefined): void {
  if (ms === undefined) appender.appendNull();
  else appender.appendTimestamp(new DuckDBTimestampValue(BigInt(ms) * MICROS_PER_MS));
}

function appendHeaders(appender: DuckDBAppender, headers: LogRecord['headers']): void {
  const entries = Object.entries(headers);
  if (entries.length === 0) appender.appendNull();
  else
    appender.appendMap(new DuckDBMapValue(entries.map(([key, value]) => ({ key, value: new DuckDBBlobValue(value) }))));
}

function appendField(appender: DuckDBAppender, value: unknown, kind: ColumnKind): void {
  if (value === undefined || value === null) appender.appendNull();
  else APPEND[typeof value === 'object' ? 'json' : kind](appender, value);
}

const APPEND: Readonly<Record<ColumnKind, (appender: DuckDBAppender, value: unknown) => void>> = {
  text: (appender, value) => appender.appendVarchar(String(value)),
  json: (appender, value) => appender.appendVarchar(JSON.stringify(value)),
  truth: (appender, value) => appender.appendBoolean(value === true),
  number: (appender, value) => appender.appendDouble(Number(value)),
  whole: (appender, value) => appender.appendBigInt(BigInt(Math.trunc(Number(value)))),
  instant: (appender, value) => appendInstant(appender, Number(value)),
};
