import type { DueEntity } from '@holdfast/engine';
import { FAR_FUTURE } from '@holdfast/engine';

/** When each entity is looked at next, as the store's timer index has it: earliest first, ties by id. */
export interface DueIndex {
  set(id: string, dueMs: number): void;
  remove(id: string): void;
  /** Due at or before `nowMs`, earliest first. Whoever is not given another time is still due at the next call. */
  dueUntil(nowMs: number, limit: number): readonly DueEntity[];
  /** The earliest time; `FAR_FUTURE` when there is none. */
  nextMs(): number;
}

/** A heap whose stale entries are passed over when they come to its top; `current` is the truth. */
export function createDueIndex(): DueIndex {
  const current = new Map<string, number>();
  const heap: DueEntity[] = [];
  let taken: readonly DueEntity[] = [];

  const isCurrent = ({ id, dueMs }: DueEntity) => current.get(id) === dueMs;
  const top = (): DueEntity | undefined => {
    while (heap[0] && !isCurrent(heap[0])) pop(heap);
    return heap[0];
  };
  /** Who was taken and got no new time belongs to the heap again. */
  const putBack = () => {
    for (const entry of taken) if (isCurrent(entry)) push(heap, entry);
    taken = [];
  };

  return {
    set(id, dueMs) {
      if (dueMs >= FAR_FUTURE) return void current.delete(id);
      current.set(id, dueMs);
      push(heap, { id, dueMs });
    },
    remove: (id) => void current.delete(id),
    dueUntil(nowMs, limit) {
      putBack();
      const due: DueEntity[] = [];
      for (let first = top(); first && first.dueMs <= nowMs && due.length < limit; first = top()) {
        pop(heap);
        if (due.at(-1)?.id !== first.id || due.at(-1)?.dueMs !== first.dueMs) due.push(first);
      }
      taken = due;
      return due;
    },
    nextMs() {
      putBack();
      return top()?.dueMs ?? FAR_FUTURE;
    },
  };
}

function isBefore(a: DueEntity, b: DueEntity): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}

function push(heap: DueEntity[], entry: DueEntity): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as DueEntity;
    if (!isBefore(entry, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: DueEntity[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const least = smallerChild(heap, at);
    if (least === undefined || !isBefore(heap[least] as DueEntity, last)) break;
    heap[at] = heap[least] as DueEntity;
    at = least;
  }
  heap[at] = last;
}

function smallerChild(heap: readonly DueEntity[], at: number): number | undefined {
  const left = 2 * at + 1;
  const right = left + 1;
  if (left >= heap.length) return undefined;
  if (right >= heap.length) return left;
  return isBefore(heap[right] as DueEntity, heap[left] as DueEntity) ? right : left;
}
