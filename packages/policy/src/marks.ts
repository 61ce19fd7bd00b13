/** A set of positions below a size: a bit for each, so that many are crossed out in one step. */
export type Marks = Int32Array;

export const MARKS_PER_WORD = 32;

export const wordOf = (position: number): number => position >>> 5;

export function createMarks(size: number): Marks {
  return new Int32Array(Math.ceil(size / MARKS_PER_WORD));
}

export function mark(marks: Marks, position: number): void {
  marks[position >>> 5] = (marks[position >>> 5] as number) | (1 << (position & 31));
}

/** Calls `visit` with each marked position, the lowest first. */
export function eachMark(marks: Marks, visit: (position: number) => void): void {
  for (let word = 0; word < marks.length; word += 1) {
    for (let bits = marks[word] as number; bits !== 0; bits &= bits - 1) {
      visit(word * MARKS_PER_WORD + 31 - Math.clz32(bits & -bits));
    }
  }
}

export function isEmpty(marks: Marks): boolean {
  for (let word = 0; word < marks.length; word += 1) if (marks[word] !== 0) return false;
  return true;
}
