import type { EventOf } from '@holdfast/events';
import avro from 'avsc';
import type { CustomerState } from './customer-state.ts';

/** What the customer said of our care, and when, ms since the epoch. */
export interface Rating {
  readonly at: number;
  readonly score: number;
}

/** Of 1 to 5: a score above it is that of a satisfied customer. */
export const MOST_UNSATISFIED = 2;

/** Kept beside facts and dealings, so that no layout has to change: who does not know it keeps it as it is. */
const RATINGS_TAG = 1;
const MOST_RATINGS = 16;
const KEPT_MS = 100 * 86_400_000;

const STORED = avro.Type.forSchema({
  type: 'array',
  items: {
    type: 'record',
    name: 'Rating',
    fields: [
      { name: 'at', type: 'long' },
      { name: 'score', type: 'long' },
    ],
  },
});

/** By time; of one time the lowest last, so that it stands. */
export function ratingsOf({ extras }: Pick<CustomerState, 'extras'>): readonly Rating[] {
  const stored = extras.find(({ tag }) => tag === RATINGS_TAG);
  return stored === undefined ? [] : (STORED.fromBuffer(stored.value) as Rating[]);
}

/** Remembers it as long as a horizon may ask for it; told in any order and any number of times, it is the same. */
export function noteRating(state: CustomerState, { occurredAt: at, score }: EventOf<'SatisfactionRated'>): void {
  const known = ratingsOf(state);
  if (known.some((rating) => rating.at === at && rating.score === score)) return;
  const all = [...known, { at, score }].sort((a, b) => a.at - b.at || b.score - a.score);
  const keepFrom = (all.at(-1)?.at ?? at) - KEPT_MS;
  const kept = all.filter((rating) => rating.at >= keepFrom).slice(-MOST_RATINGS);
  const others = state.extras.filter(({ tag }) => tag !== RATINGS_TAG);
  state.extras = [...others, { tag: RATINGS_TAG, value: STORED.toBuffer(kept) }];
}

/** Whether the last rating in `(fromMs, untilMs)` is that of a satisfied customer; undefined where there is none. */
export function wasSatisfied(ratings: readonly Rating[], fromMs: number, untilMs: number): boolean | undefined {
  const last = ratings.findLast(({ at }) => at > fromMs && at < untilMs);
  return last && last.score > MOST_UNSATISFIED;
}
