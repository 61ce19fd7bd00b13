import { setTimeout as delay } from 'node:timers/promises';
import type { EventInput } from '@holdfast/events';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { EventSink, Handed } from './event-sink.ts';

export interface DeliveryOptions {
  /** How long events that are not taken now are sent again before the run gives up, ms. */
  readonly patienceMs: number;
  /** Told why it waits. */
  waiting(why: string): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export type Delivered = Exclude<Handed, { readonly kind: 'again' }>;

/**
 * Hands events over until each is accepted or rejected; those that were not taken, and no others, are sent again. Throws
 * `StackFailure` when nothing is taken for longer than the patience.
 */
export async function deliver(
  sink: EventSink,
  events: readonly EventInput[],
  { patienceMs, waiting }: DeliveryOptions,
): Promise<readonly Delivered[]> {
  const delivered = new Array<Delivered>(events.length);
  let left = events.map((event, index) => ({ event, index }));
  let pauseMs = FIRST_PAUSE_MS;
  let beganMs = performance.now();
  while (left.length > 0) {
    const handed = await sink.send(left.map(({ event }) => event));
    const again = left.filter((_, at) => handed[at]?.kind === 'again');
    for (const [at, { index }] of left.entries()) {
      const answer = handed[at];
      if (answer !== undefined && answer.kind !== 'again') delivered[index] = answer;
    }
    if (again.length === 0) break;
    if (again.length < left.length) {
      beganMs = performance.now();
      pauseMs = FIRST_PAUSE_MS;
    }
    left = again;
    const why = handed.find((answer) => answer.kind === 'again')?.why ?? '';
    if (performance.now() - beganMs > patienceMs) throw gaveUp(why);
    waiting(why);
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return delivered;
}

function gaveUp(why: string): StackFailure {
  return new StackFailure(
    `events are not taken: ${why}`,
    'mend that, then give the same command again: it goes on where it was',
  );
}
