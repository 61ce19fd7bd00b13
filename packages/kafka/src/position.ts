/** What to do with a fetched batch. */
export type Verdict =
  /** It was read from the wanted position. */
  | { readonly kind: 'take' }
  /** Nothing of this partition is wanted. */
  | { readonly kind: 'drop' }
  /** It was read from somewhere else: go back to `offset`. */
  | { readonly kind: 'seek'; readonly offset: number };

interface Wanted {
  next: number;
  /** A later start the client came back with although it was told `next`. */
  laterStart: number | undefined;
}

/** Where each partition is to be read from. The client may move on its own, so every batch is compared with it. */
export interface Positions {
  want(topic: string, partition: number, offset: number): void;
  forget(topic: string, partition: number): void;
  clear(): void;
  /** `fetchedFrom` is the offset the fetch asked for, which may lie before the batch's first record. */
  judge(topic: string, partition: number, fetchedFrom: number): Verdict;
  /** Records `[first, last]` were delivered or are known to hold nothing for us. False when they do not cover the position. */
  advance(topic: string, partition: number, first: number, last: number): boolean;
}

/** Positions of one consumer, all unwanted at first. */
export function createPositions(): Positions {
  const positions = new Map<string, Wanted>();
  return {
    want(topic, partition, offset) {
      const key = keyOf(topic, partition);
      const before = positions.get(key);
      const laterStart = before?.next === offset ? before.laterStart : undefined;
      positions.set(key, { next: offset, laterStart });
    },
    forget: (topic, partition) => void positions.delete(keyOf(topic, partition)),
    clear: () => positions.clear(),
    judge(topic, partition, fetchedFrom) {
      const wanted = positions.get(keyOf(topic, partition));
      if (!wanted) return { kind: 'drop' };
      return judge(wanted, fetchedFrom);
    },
    advance(topic, partition, first, last) {
      const wanted = positions.get(keyOf(topic, partition));
      if (!wanted || first > wanted.next || last < wanted.next) return false;
      positions.set(keyOf(topic, partition), { next: last + 1, laterStart: undefined });
      return true;
    },
  };
}

/** The same later start twice in a row is where the log goes on; the receiver decides whether the hole is honest. */
function judge(wanted: Wanted, fetchedFrom: number): Verdict {
  if (fetchedFrom === wanted.next || fetchedFrom === wanted.laterStart) return { kind: 'take' };
  wanted.laterStart = fetchedFrom > wanted.next ? fetchedFrom : undefined;
  return { kind: 'seek', offset: wanted.next };
}

function keyOf(topic: string, partition: number): string {
  return `${partition}:${topic}`;
}
