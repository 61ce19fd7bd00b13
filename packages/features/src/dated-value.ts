import type { StoredContent } from './distinct.ts';
import { readSigned, type Writer, writeSigned } from './varint.ts';

/** The value of one event of a tile, and when that was. */
export interface DatedValue {
  readonly atMs: number;
  readonly value: number;
}

/** A time and an amount. */
export const DATED_BYTES = 17;

export function readDated({ bytes, from }: StoredContent): DatedValue {
  const reader = { bytes, at: from };
  return { atMs: readSigned(reader), value: readSigned(reader) };
}

/** Writes the one of two that stays; `stored` is undefined for an empty tile. */
export function addDated(
  writer: Writer,
  stored: StoredContent | undefined,
  { which, ...told }: DatedValue & { readonly which: 'first' | 'last' },
): void {
  const known = stored === undefined ? told : readDated(stored);
  const kept = isBefore(known, told) === (which === 'first') ? known : told;
  writeSigned(writer, kept.atMs);
  writeSigned(writer, kept.value);
}

/** Of several at one instant the smallest value is first and the largest is last, so that order does not matter. */
function isBefore(one: DatedValue, other: DatedValue): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.value <= other.value);
}
