/** A binary min-heap of (due time, entity), ties by entity id, so that the order of firing is the same everywhere. */
export interface DueHeap {
  push(id: string, dueMs: number): void;
  /** Removes and answers the earliest entry due at or before `nowMs`. */
  popDue(nowMs: number): { readonly id: string; readonly dueMs: number } | undefined;
}

interface Entry {
  readonly id: string;
  readonly dueMs: number;
}

export function createDueHeap(): DueHeap {
  const heap: Entry[] = [];

  const siftUp = (start: number) => {
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(at(heap, i), at(heap, parent))) return;
      swap(heap, i, parent);
      i = parent;
    }
  };
  const siftDown = () => {
    let i = 0;
    for (;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && isBefore(at(heap, child), at(heap, least))) least = child;
      }
      if (least === i) return;
      swap(heap, i, least);
      i = least;
    }
  };

  return {
    push(id, dueMs) {
      heap.push({ id, dueMs });
      siftUp(heap.length - 1);
    },
    popDue(nowMs) {
      const first = heap[0];
      if (!first || first.dueMs > nowMs) return undefined;
      const lastEntry = heap.pop();
      if (heap.length > 0 && lastEntry) {
        heap[0] = lastEntry;
        siftDown();
      }
      return first;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}

function at(heap: readonly Entry[], index: number): Entry {
  return heap[index] as Entry;
}

function swap(heap: Entry[], i: number, j: number): void {
  const x = at(heap, i);
  heap[i] = at(heap, j);
  heap[j] = x;
}
