/** A row of a data file that says nothing usable. */
export interface BadRow {
  readonly file: string;
  /** Counted from 1, the header included. */
  readonly line: number;
  readonly reason: string;
}

export interface BadRows {
  readonly count: number;
  /** The first few. */
  readonly examples: readonly BadRow[];
}

export const NO_BAD_ROWS: BadRows = { count: 0, examples: [] };

const MAX_EXAMPLES = 10;

export function createBadRows(): BadRows & { add(row: BadRow): void } {
  const examples: BadRow[] = [];
  let count = 0;
  return {
    examples,
    get count() {
      return count;
    },
    add(row) {
      count += 1;
      if (examples.length < MAX_EXAMPLES) examples.push(row);
    },
  };
}

export function mergeBadRows(parts: readonly BadRows[]): BadRows {
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    examples: parts.flatMap((part) => part.examples).slice(0, MAX_EXAMPLES),
  };
}
