import { shareOf } from './random.ts';
import type { CustomerHistory, Recording } from './recording.ts';

/**
 * Bounds recordings to `maxEvents` together by leaving customers out, so that those who stay keep their whole history.
 * Who stays follows from the person alone, not from how much he did. Recordings share the bound equally; what one does
 * not need goes to the next. Where not even one history fits, the first is cut to its latest events.
 */
export function chooseWithin(recordings: readonly Recording[], maxEvents: number): readonly Recording[] {
  let left = maxEvents;
  const smallestFirst = [...recordings].sort((a, b) => sizeOf(a.histories) - sizeOf(b.histories));
  const chosen = new Map<string, Recording>();
  smallestFirst.forEach((recording, index) => {
    const share = Math.floor(left / (smallestFirst.length - index));
    const histories = choose(recording.histories, share);
    chosen.set(recording.name, { ...recording, histories });
    left -= sizeOf(histories);
  });
  return recordings.flatMap((recording) => chosen.get(recording.name) ?? []);
}

export function sizeOf(histories: readonly CustomerHistory[]): number {
  return histories.reduce((sum, { events }) => sum + events.length, 0);
}

function choose(histories: readonly CustomerHistory[], maxEvents: number): readonly CustomerHistory[] {
  const drawn = inDrawnOrder(histories);
  let left = maxEvents;
  const fitting = drawn.filter(({ events }) => {
    if (events.length > left) return false;
    left -= events.length;
    return true;
  });
  const [first] = drawn;
  if (fitting.length > 0 || !first || maxEvents < 1) return fitting;
  const latest = [...first.events].sort((a, b) => a.occurredAt - b.occurredAt).slice(-maxEvents);
  return [{ ...first, events: latest }];
}

/** An order that follows from the person alone. */
export function inDrawnOrder<T extends { readonly person: string }>(histories: readonly T[]): readonly T[] {
  return [...histories].sort((a, b) => shareOf(a.person) - shareOf(b.person) || (a.person < b.person ? -1 : 1));
}
