import { type CsvCells, splitCsv } from './csv-line.ts';
import { createLineSplitter, type Line, MAX_LINE_BYTES } from './line-splitter.ts';
import type { CsvFile, FileEncoding, FixedWidthFile } from './mapping-model.ts';

export type Layout = CsvFile | FixedWidthFile;

/** A record of a file: its cells in the order of the columns, or why it has none. */
export type Row = {
  /** Its first line, from 1. */
  readonly line: number;
  /** The last of its lines; a quoted cell may go over several. */
  readonly lastLine: number;
  /** Offset of the byte after it. */
  readonly end: number;
} & ({ readonly cells: readonly string[] } | { readonly problem: string });

export interface RowReader {
  /** Undefined until the header was read. */
  columns(): readonly string[] | undefined;
  /** The rows that end in this piece of the file. */
  push(chunk: Buffer): readonly Row[];
  /** What is left when the file has ended. */
  end(): readonly Row[];
}

/** A place between two rows of a file whose columns are known. */
export interface RowStart {
  readonly byte: number;
  /** Lines before it. */
  readonly lines: number;
  readonly columns: readonly string[];
}

/** A record has at most so many lines: a quote that is never closed must not swallow the file. */
const MAX_LINES = 100;

/**
 * Reads rows out of a file as its bytes come, in constant memory. Lines are cut before they are decoded, so that the place
 * of each row is known in bytes whatever the encoding; a row that cannot be read is answered with a problem, and the next
 * line is tried.
 */
export function createRowReader(layout: Layout, start?: RowStart): RowReader {
  const lines = createLineSplitter(start?.byte ?? 0);
  const decode = decoderOf(layout.encoding);
  let columns = start?.columns ?? namedColumns(layout);
  let lineCount = start?.lines ?? 0;
  let held: HeldLine[] = [];

  const read = ({ bytes, end }: Line): readonly Row[] => {
    lineCount += 1;
    if (lineCount <= layout.skipLines) return [];
    if (bytes === undefined) return [...giveUp(), refused(lineCount, end, `is longer than ${MAX_LINE_BYTES} bytes`)];
    const body = lineCount === 1 ? withoutByteOrderMark(bytes) : bytes;
    return take({ bytes: body, end, line: lineCount });
  };
  const take = (line: HeldLine): readonly Row[] => {
    const text = decode(line.bytes);
    if (text === undefined) return [...giveUp(), refused(line.line, line.end, `is not ${layout.encoding} text`)];
    if (held.length === 0 && isNoRecord(text, layout.comment)) return [];
    if (layout.format === 'fixed-width') return [{ ...placeOf(line), cells: slices(line.bytes, text, layout, decode) }];
    held.push({ ...line, text });
    const split = splitCsv(held.map((each) => each.text).join('\n'), layout);
    if (split !== 'open') return rowOf(split, line);
    const heldBytes = held.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return held.length >= MAX_LINES || heldBytes > MAX_LINE_BYTES ? giveUp() : [];
  };
  const rowOf = (split: Exclude<CsvCells, 'open'>, last: HeldLine): readonly Row[] => {
    const place = { ...placeOf(last), line: held[0]?.line ?? last.line };
    held = [];
    if ('problem' in split) return [{ ...place, problem: split.problem }];
    if (columns === undefined) {
      columns = split.cells.map((cell) => cell.trim());
      return [];
    }
    const { cells } = split;
    if (cells.length === columns.length) return [{ ...place, cells }];
    return [{ ...place, problem: `has ${cells.length} cells, but there are ${columns.length} columns` }];
  };
  /** The first of the held lines opens a quote that is not closed: it is refused, the others are read by themselves. */
  const giveUp = (): readonly Row[] => {
    const [first, ...others] = held;
    held = [];
    if (first === undefined) return [];
    return [refused(first.line, first.end, 'opens a quote that is never closed'), ...others.flatMap(take)];
  };

  return {
    columns: () => columns,
    push: (chunk) => lines.push(chunk).flatMap(read),
    end() {
      const rows = [...lines.end().flatMap(read)];
      while (held.length > 0) rows.push(...giveUp());
      return rows;
    },
  };
}

interface HeldLine {
  readonly bytes: Buffer;
  readonly end: number;
  readonly line: number;
  readonly text?: string;
}

function placeOf({ line, end }: { readonly line: number; readonly end: number }) {
  return { line, lastLine: line, end };
}

function refused(line: number, end: number, problem: string): Row {
  return { ...placeOf({ line, end }), problem };
}

function namedColumns(layout: Layout): readonly string[] | undefined {
  return layout.format === 'csv' ? layout.columns : Object.keys(layout.columns);
}

function isNoRecord(text: string, comment: string | undefined): boolean {
  return text.trim() === '' || (comment !== undefined && text.startsWith(comment));
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

type Decode = (bytes: Buffer) => string | undefined;

/** Undefined for bytes that are no text of the encoding. */
function decoderOf(encoding: FileEncoding): Decode {
  if (encoding === 'latin1') return (bytes) => bytes.toString('latin1');
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}

/** Cells by position; what a short line does not have is empty. */
function slices(bytes: Buffer, text: string, layout: FixedWidthFile, decode: Decode): readonly string[] {
  // Where every character is one byte, bytes and characters count alike.
  const isByText = layout.count === 'characters' || text.length === bytes.length;
  return Object.values(layout.columns).map(({ from, to }) =>
    isByText ? text.slice(from - 1, to).trim() : (decode(bytes.subarray(from - 1, to)) ?? '').trim(),
  );
}
