/** How often each of a few words was said, in the order they were first said. */
export interface WordCount {
  add(word: string): void;
  totals(): ReadonlyMap<string, number>;
}

export function createWordCount(): WordCount {
  const counts = new Map<string, number>();
  // Most words follow their like: they are written down when another one comes.
  let last = '';
  let run = 0;
  const note = () => {
    if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
    run = 0;
  };
  return {
    add(word) {
      if (word !== last) {
        note();
        last = word;
      }
      run += 1;
    },
    totals() {
      note();
      return counts;
    },
  };
}
