/** The cells of a record; `open` when a quoted cell goes on in the next line; or what is wrong. */
export type CsvCells = { readonly cells: readonly string[] } | { readonly problem: string } | 'open';

export interface CsvDialect {
  readonly delimiter: string;
  /** Empty when nothing is quoted. */
  readonly quote: string;
}

/** Splits one record by RFC 4180: a quote opens a cell at its beginning only, and is written twice inside of it. */
export function splitCsv(text: string, { delimiter, quote }: CsvDialect): CsvCells {
  if (quote === '' || !text.includes(quote)) return { cells: text.split(delimiter) };
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const cell = text[at] === quote ? quotedCell(text, at, quote) : plainCell(text, at, delimiter);
    if (cell === undefined) return 'open';
    cells.push(cell.value);
    if (cell.end === text.length) return { cells };
    if (text[cell.end] !== delimiter) return { problem: `characters after the closing quote of cell ${cells.length}` };
    at = cell.end + 1;
  }
}

interface Cell {
  readonly value: string;
  /** Where the next character after it is. */
  readonly end: number;
}

function plainCell(text: string, from: number, delimiter: string): Cell {
  const found = text.indexOf(delimiter, from);
  const end = found < 0 ? text.length : found;
  return { value: text.slice(from, end), end };
}

function quotedCell(text: string, from: number, quote: string): Cell | undefined {
  let value = '';
  let at = from + 1;
  for (;;) {
    const end = text.indexOf(quote, at);
    if (end < 0) return undefined;
    value += text.slice(at, end);
    if (text[end + 1] !== quote) return { value, end: end + 1 };
    value += quote;
    at = end + 2;
  }
}
