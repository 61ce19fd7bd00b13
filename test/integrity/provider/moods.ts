import { hash } from 'node:crypto';

/** How a provider treats one request; what it says need not be so. */
export type Mood =
  | 'takes'
  | 'takes its time'
  | 'fails'
  | 'has too much'
  /** It has it, and the answer never arrives. */
  | 'hangs up'
  /** It has it and says it does not. */
  | 'lies about failing'
  /** It says it has it, and reports later that nobody was reached. */
  | 'lies about success';

/** Shares of a hundred requests. */
const SHARES: readonly (readonly [Mood, number])[] = [
  ['takes', 50],
  ['takes its time', 10],
  ['fails', 10],
  ['has too much', 8],
  ['hangs up', 8],
  ['lies about failing', 6],
  ['lies about success', 8],
];

/** Follows from seed, contact and the number of the request, so that a seed draws the same moods again. */
export function moodOf(seed: number, contactId: string, nth: number): Mood {
  let left = share(`mood:${seed}:${contactId}:${nth}`) * 100;
  for (const [mood, width] of SHARES) {
    if (left < width) return mood;
    left -= width;
  }
  return 'takes';
}

/** Whether the provider has the message once it was in this mood. */
export function isTaken(mood: Mood): boolean {
  return mood !== 'fails' && mood !== 'has too much';
}

/** A number in `[0, 1)` that follows from a text. */
export function share(text: string): number {
  return hash('sha1', text, 'buffer').readUInt32BE(0) / 2 ** 32;
}
