import { type FileHandle, open, rm } from 'node:fs/promises';
import { printable } from '../terminal-text.ts';

export interface RejectedRow {
  readonly line: number;
  /** Empty when the row as a whole is meant. */
  readonly field: string;
  readonly reason: string;
}

/** The file of rows that could not be taken; it is made with the first one. */
export interface RejectedRows {
  /** Answers its size in bytes once they are written. */
  append(rows: readonly RejectedRow[]): Promise<number>;
  close(): Promise<void>;
}

const HEADER = 'line,field,reason\n';
/** It may quote what a row says. */
const OWNER_ONLY = 0o600;

/** Goes on behind the first `bytes` of the file: what is there more was written by a run whose batch did not count. */
export async function openRejectedRows(path: string, bytes: number): Promise<RejectedRows> {
  let handle: FileHandle | undefined;
  let size = bytes;
  if (bytes === 0) await rm(path, { force: true });
  else {
    handle = await open(path, 'r+');
    await handle.truncate(bytes);
  }
  return {
    async append(rows) {
      if (rows.length === 0) return size;
      handle ??= await open(path, 'w', OWNER_ONLY);
      const text = (size === 0 ? HEADER : '') + rows.map(lineOf).join('');
      const { bytesWritten } = await handle.write(text, size);
      size += bytesWritten;
      return size;
    },
    async close() {
      await handle?.close();
    },
  };
}

function lineOf({ line, field, reason }: RejectedRow): string {
  return `${line},${field},"${printable(reason).replaceAll('"', '""')}"\n`;
}
