/** A table in plain text: the first and the last column to the left, the others to the right. No line ends in spaces. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const isLeft = (column: number) =>
    column === 0 || (column === head.length - 1 && head.length > 3 && !isNumber(rows, column));
  const lineOf = (row: readonly string[]) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        const pad = ' '.repeat(width - widthOf(cell));
        return isLeft(column) ? cell + pad : pad + cell;
      })
      .join('  ')
      .trimEnd();
  return `${all.map(lineOf).join('\n')}\n`;
}

function isNumber(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.every((row) => /^[+-]?[\d,.]+$/.test(row[column] ?? ''));
}

function widthOf(text: string): number {
  return [...text].length;
}
