import { InvalidArgumentError } from 'commander';

/** The value of an option, nine digits at the most. Throws `InvalidArgumentError` for anything else. */
export function fromZero(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number from 0 is expected.');
  return Number(text);
}

/** The value of an option that is at least one. Throws `InvalidArgumentError` for anything else. */
export function fromOne(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1 is expected.');
  return number;
}
