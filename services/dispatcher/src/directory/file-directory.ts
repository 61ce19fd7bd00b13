import { parse as parseCsv } from 'csv-parse/sync';
import { parsedJson } from '../channels/json-path.ts';
import type { ContactDirectory } from '../ports.ts';

/** By customer: addresses by channel. */
export type AddressBook = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * Addresses from a file in memory, for small operators and the demo: CSV with a header, or NDJSON; a column `customerId`
 * and one per channel, named like the channel. Until the file was read every answer is to ask again.
 */
export function createFileDirectory(book: () => AddressBook | undefined): ContactDirectory {
  return {
    async addressOf(customerId, channel) {
      const known = book();
      if (known === undefined) return { kind: 'retry', detail: 'directory-unread' };
      const entry = known.get(customerId);
      const address = entry !== undefined && Object.hasOwn(entry, channel) ? entry[channel] : undefined;
      return typeof address === 'string' && address.trim() !== ''
        ? { kind: 'found', address: address.trim() }
        : { kind: 'none' };
    },
  };
}

/** Throws for a file that is neither; the message repeats nothing of it. */
export function readAddressBook(text: string): AddressBook {
  const rows = text.trimStart().startsWith('{') ? ndjsonRows(text) : csvRows(text);
  return new Map(
    rows.map((row, index) => {
      const { customerId } = row;
      if (typeof customerId === 'string' && customerId !== '') return [customerId, row];
      throw new Error(`entry ${index + 1} of the address file has no customerId`);
    }),
  );
}

function ndjsonRows(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const row = parsedJson(line);
    if (isRecord(row)) return row;
    throw new Error(`line ${index + 1} of the address file is no JSON object`);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function csvRows(text: string): Record<string, string>[] {
  try {
    return parseCsv<Record<string, string>>(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch {
    throw new Error('the address file is no CSV with a header');
  }
}
