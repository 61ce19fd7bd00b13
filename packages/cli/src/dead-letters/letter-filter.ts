import type { Letter } from './letter.ts';

/** What is looked for; what is undefined does not matter. */
export interface LetterFilter {
  /** Set aside in `[fromMs, toMs)`, ms since the epoch. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Any of these: a code as listed, or a class name without its package. */
  readonly reasons?: readonly string[] | undefined;
  /** Any of these topics, as the place the record came from. */
  readonly topics?: readonly string[] | undefined;
  /** Any of these sources of events. */
  readonly sources?: readonly string[] | undefined;
}

/** Whether a letter is wanted, as far as its headers tell: all but the source of its event. */
export function matches(letter: Letter, { fromMs, toMs, reasons, topics }: LetterFilter): boolean {
  if (fromMs !== undefined && letter.setAsideAtMs < fromMs) return false;
  if (toMs !== undefined && letter.setAsideAtMs >= toMs) return false;
  if (topics && !topics.includes(letter.topic ?? '')) return false;
  return !reasons || reasons.some((reason) => isReason(letter.reason ?? 'unknown', reason));
}

function isReason(found: string, wanted: string): boolean {
  return found === wanted || found.endsWith(`.${wanted}`);
}
