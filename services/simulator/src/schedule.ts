/** How fast a replay goes. */
export type Pace =
  /** As fast as the log takes it. */
  | { readonly kind: 'unpaced' }
  /** Open loop: so many events a second, whatever the answers. */
  | { readonly kind: 'rate'; readonly perSecond: number }
  /** Open loop: recorded time, so many times faster. */
  | { readonly kind: 'speed'; readonly factor: number };

/**
 * When each entry is to be sent, ms after the start; entries are in order of `atMs`. An unpaced replay has everything due at
 * once.
 */
export function dueTimes(entries: readonly { readonly atMs: number }[], pace: Pace): (index: number) => number {
  const firstMs = entries[0]?.atMs ?? 0;
  switch (pace.kind) {
    case 'unpaced':
      return () => 0;
    case 'rate':
      return (index) => (index * 1_000) / pace.perSecond;
    case 'speed':
      return (index) => ((entries[index]?.atMs ?? firstMs) - firstMs) / pace.factor;
  }
}

/** The end of the run of entries that are due `elapsedMs` after the start, at the most `limit` of them. */
export function dueUntil(
  from: number,
  total: number,
  dueMs: (index: number) => number,
  { elapsedMs, limit }: { readonly elapsedMs: number; readonly limit: number },
): number {
  let end = from;
  while (end < total && end - from < limit && dueMs(end) <= elapsedMs) end += 1;
  return end;
}
