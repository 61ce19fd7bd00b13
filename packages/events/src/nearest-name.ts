/** The known name that differs least from a mistyped one, case aside; undefined when none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  if (wanted.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** No name of ours is longer; bounds the work a request can cause. */
const LONGEST = 64;

/** Levenshtein distance. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= right.length; column += 1) {
      const substituted = at(row, column - 1) + (left[line - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(substituted, at(row, column) + 1, at(next, column - 1) + 1));
    }
    row = next;
  }
  return at(row, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
