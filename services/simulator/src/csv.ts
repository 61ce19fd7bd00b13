import type { BadRow } from './bad-rows.ts';

/** Values of a row by column name. */
export type Row<C extends string> = Readonly<Record<C, string>>;

export interface CsvText<C extends string> {
  /** Name for messages. */
  readonly file: string;
  readonly text: string;
  /** Columns that must be there; others are ignored. */
  readonly columns: readonly C[];
}

/**
 * Rows of a CSV text with a header line; fields may be in double quotes, with `""` for a quote, not over several lines. A
 * row with too few fields or an open quote goes to `bad`; a header without a needed column makes every row a bad one.
 */
export function* csvRows<C extends string>(
  { file, text, columns }: CsvText<C>,
  bad: (row: BadRow) => void,
): Generator<{ readonly line: number; readonly row: Row<C> }> {
  const lines = text.split(/\r?\n/);
  const header = splitLine(lines[0] ?? '')?.map((name) => name.trim()) ?? [];
  const places = columns.map((column) => header.indexOf(column));
  const missing = columns.filter((_, index) => (places[index] ?? -1) < 0);
  for (let index = 1; index < lines.length; index++) {
    const content = lines[index] ?? '';
    if (content.trim() === '') continue;
    const line = index + 1;
    const fields = splitLine(content);
    const reason = fault(fields, header, missing);
    if (reason !== undefined || fields === undefined) bad({ file, line, reason: reason ?? '' });
    else yield { line, row: pick(columns, places, fields) };
  }
}

function fault(
  fields: readonly string[] | undefined,
  header: readonly string[],
  missing: readonly string[],
): string | undefined {
  if (missing.length > 0) return `the file has no column ${missing.join(', ')}`;
  if (fields === undefined) return 'a quote is not closed';
  return fields.length < header.length ? `${fields.length} fields instead of ${header.length}` : undefined;
}

/** A loop: files have hundreds of thousands of rows, and `Object.fromEntries` takes most of the time. */
function pick<C extends string>(columns: readonly C[], places: readonly number[], fields: readonly string[]): Row<C> {
  const row = {} as Record<C, string>;
  for (let i = 0; i < columns.length; i++) row[columns[i] as C] = fields[places[i] ?? -1] ?? '';
  return row;
}

/** Undefined when a quote is not closed. */
function splitLine(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?:,|$)/.exec(rest);
    const plain = quoted ? undefined : /^([^",]*)(?:,|$)/.exec(rest);
    const match = quoted ?? plain;
    if (!match) return undefined;
    fields.push(quoted ? (match[1] ?? '').replaceAll('""', '"') : (match[1] ?? ''));
    if (!match[0].endsWith(',')) return fields;
    rest = rest.slice(match[0].length);
  }
}

/** A finite number, undefined for anything else. */
export function numberIn(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
