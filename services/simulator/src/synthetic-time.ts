import { shareOf, weightedIndex } from './random.ts';

/** How much of a kind of use falls on each hour of the day, 0 to 23. Invented, after the shape such curves usually have. */
export const HOUR_WEIGHTS = {
  VOICE: [1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 3, 6, 8, 8, 8, 8, 7, 7, 8, 9, 10, 10, 9, 7, 5, 3, 2],
  SMS: [2, 1, 0.5, 0.3, 0.2, 0.4, 1, 4, 6, 7, 8, 8, 9, 8, 8, 8, 9, 10, 9, 9, 9, 8, 6, 4],
  DATA: [4, 2, 1, 1, 1, 1, 2, 4, 5, 5, 5, 5, 6, 5, 5, 5, 6, 7, 8, 11, 13, 14, 12, 8],
} as const;

const HOUR_MS = 3_600_000;

/** A synthetic time of day for a use of which only the date is known: always the same for the same `key`. */
export function syntheticTime(
  kind: keyof typeof HOUR_WEIGHTS,
  key: string,
): { readonly hour: number; readonly ms: number } {
  const hour = weightedIndex(HOUR_WEIGHTS[kind], shareOf(`hour/${key}`));
  return { hour, ms: hour * HOUR_MS + Math.floor(shareOf(`within/${key}`) * HOUR_MS) };
}
