import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from './line-splitter.ts';
import type { CsvFile, FixedWidthFile } from './mapping-model.ts';
import { createRowReader, type Layout, type Row, type RowStart } from './row-reader.ts';

const csv = (more: Partial<CsvFile> = {}): CsvFile => ({
  format: 'csv',
  delimiter: ',',
  quote: '"',
  encoding: 'utf-8',
  skipLines: 0,
  empty: [],
  decimal: '.',
  ...more,
});

const fixedWidth = (more: Partial<FixedWidthFile> = {}): FixedWidthFile => ({
  format: 'fixed-width',
  count: 'bytes',
  columns: { id: { from: 1, to: 4 }, city: { from: 5, to: 12 }, amount: { from: 13, to: 16 } },
  encoding: 'utf-8',
  skipLines: 0,
  empty: [],
  decimal: '.',
  ...more,
});

/** The rows of a file that comes in pieces of so many bytes. */
function rowsOf(bytes: Buffer, layout: Layout, pieceBytes = bytes.length, start?: RowStart): Row[] {
  const reader = createRowReader(layout, start);
  const rows: Row[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) rows.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  return [...rows, ...reader.end()];
}

const cellsOf = (rows: readonly Row[]) => rows.map((row) => ('cells' in row ? row.cells : row.problem));

describe('the rows of a CSV file', () => {
  it('have the columns of the header, and say in which line and up to which byte they are', () => {
    const reader = createRowReader(csv());
    const rows = reader.push(Buffer.from('\ufeffa,b\r\n1,2\r\n\r\n"x\ny",3\n4,5'));
    expect(reader.columns()).toEqual(['a', 'b']);
    expect([...rows, ...reader.end()]).toEqual([
      { line: 2, lastLine: 2, end: 13, cells: ['1', '2'] },
      { line: 4, lastLine: 5, end: 23, cells: ['x\ny', '3'] },
      { line: 6, lastLine: 6, end: 26, cells: ['4', '5'] },
    ]);
  });

  it.each([1, 2, 3, 7, 64])('are the same when the file comes in pieces of %i bytes', (pieceBytes) => {
    const bytes = Buffer.from('name,city\nАнна,"Mos\nkva"\r\n李,杭州\nx,y,z\n\nlast,row');
    expect(rowsOf(bytes, csv(), pieceBytes)).toEqual(rowsOf(bytes, csv()));
  });

  it('can be read on from the end of any of them', () => {
    const cell = fc.constantFrom('1', 'é', '杭州', '"a\nb"', '"say ""x"""', '', '"open', 'a"b');
    const line = fc.array(cell, { minLength: 1, maxLength: 3 }).map((cells) => cells.join(','));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (lines, pick, piece) => {
          const bytes = Buffer.from(lines.join('\n'));
          const layout = csv({ columns: ['a', 'b'] });
          const rows = rowsOf(bytes, layout, piece);
          const at = rows[pick % Math.max(1, rows.length)];
          if (at === undefined) return;
          const rest = rowsOf(bytes.subarray(at.end), layout, piece, {
            byte: at.end,
            lines: at.lastLine,
            columns: ['a', 'b'],
          });
          expect(rest).toEqual(rows.slice(rows.indexOf(at) + 1));
        },
      ),
    );
  });

  it('are refused one by one: a wrong number of cells, bytes that are no text, a line without end', () => {
    const long = Buffer.alloc(MAX_LINE_BYTES + 1, 'x');
    const bytes = Buffer.concat([Buffer.from('a,b\n1\n'), Buffer.from([0xff, 0x0a]), long, Buffer.from('\n1,2\n')]);
    expect(cellsOf(rowsOf(bytes, csv(), 1_000))).toEqual([
      'has 1 cells, but there are 2 columns',
      'is not utf-8 text',
      `is longer than ${MAX_LINE_BYTES} bytes`,
      ['1', '2'],
    ]);
  });

  it('after a quote that is never closed are read all the same', () => {
    const bytes = Buffer.from(`a,b\n"open,1\n${'2,3\n'.repeat(250)}`);
    const cells = cellsOf(rowsOf(bytes, csv()));
    expect(cells[0]).toBe('opens a quote that is never closed');
    expect(cells.slice(1)).toEqual(Array(250).fill(['2', '3']));
  });

  it('are decoded as the mapping says', () => {
    const gbk = Buffer.from([0xba, 0xbc, 0xd6, 0xdd, 0x2c, 0x31, 0x0a]);
    expect(cellsOf(rowsOf(gbk, csv({ encoding: 'gbk', columns: ['city', 'n'] }), 1))).toEqual([['杭州', '1']]);
    const latin1 = Buffer.from('Köln,1\n', 'latin1');
    expect(cellsOf(rowsOf(latin1, csv({ encoding: 'latin1', columns: ['city', 'n'] })))).toEqual([['Köln', '1']]);
  });

  it('do not include lines to skip, and comments', () => {
    const bytes = Buffer.from('made by X\na,b\n# no row\n1,2\n');
    expect(cellsOf(rowsOf(bytes, csv({ skipLines: 1, comment: '#' })))).toEqual([['1', '2']]);
  });
});

describe('the rows of a fixed-width file', () => {
  it('are cut by bytes, whatever a character takes', () => {
    const bytes = Buffer.concat([
      Buffer.from('0001'),
      Buffer.from([0xba, 0xbc, 0xd6, 0xdd]),
      Buffer.from('      42\n'),
    ]);
    expect(cellsOf(rowsOf(bytes, fixedWidth({ encoding: 'gbk' })))).toEqual([['0001', '杭州', '42']]);
  });

  it('are cut by characters where the mapping says so, and a short line has empty cells', () => {
    const bytes = Buffer.from('0001Köln      42\n0002Bonn\n');
    expect(cellsOf(rowsOf(bytes, fixedWidth({ count: 'characters' })))).toEqual([
      ['0001', 'Köln', '42'],
      ['0002', 'Bonn', ''],
    ]);
  });
});
