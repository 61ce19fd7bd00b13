/**
 * One KPI cell of a campaign: how much of `what` there was on a UTC day (ISO 8601). Counts of contacts are on the day it
 * happened, outcomes at a horizon on the day of enrolment. '' where a part does not apply.
 */
export interface Cell {
  readonly day: string;
  readonly offer: string;
  /** treated, control, holdout or shadow. */
  readonly arm: string;
  /** Arm of an A/B/n comparison; '' where there is none. */
  readonly variant: string;
  readonly channel: string;
  readonly what: string;
  readonly value: number;
}

/** Days `[from, to)`, ISO 8601, UTC. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

export function inRange(cells: readonly Cell[], { from, to }: DayRange): readonly Cell[] {
  return cells.filter(({ day }) => day >= from && day < to);
}

/** From the first day of any cell to the day of the look, which is counted. */
export function wholeRange(cells: readonly Cell[], asOf: string): DayRange {
  const [from = asOf] = cells.map(({ day }) => day).sort();
  return { from, to: dayAfter(asOf, 1) };
}

/** The day so many days later, or earlier where negative. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

export function daysIn({ from, to }: DayRange): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS));
}

export function sumOf(cells: readonly Cell[], matches: (cell: Cell) => boolean): number {
  return cells.reduce((total, cell) => (matches(cell) ? total + cell.value : total), 0);
}

/** Values by a name of the cell, in order of the names; cells without one are left out. */
export function sumsBy(
  cells: readonly Cell[],
  nameOf: (cell: Cell) => string | undefined,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const cell of cells) {
    const name = nameOf(cell);
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + cell.value);
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
