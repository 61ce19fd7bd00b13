import type { Writer } from './varint.ts';

/** Tracks and points lie one after the other, each behind its length in two bytes. */
export const LENGTH_BYTES = 2;
const MOST_BYTES = 0xffff;

export function emptySections(count: number): Buffer {
  return Buffer.alloc(count * LENGTH_BYTES);
}

/** Where the section at `at` ends; its content begins behind `LENGTH_BYTES`. */
export function sectionEnd(bytes: Buffer, at: number): number {
  return at + LENGTH_BYTES + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}

/** Leaves room for the length of what is written next; answers where, for `endSection`. */
export function beginSection(writer: Writer): number {
  const { at } = writer;
  writer.at += LENGTH_BYTES;
  return at;
}

/** @throws RangeError when the section is longer than a state may be */
export function endSection({ bytes, at: end }: Writer, at: number): void {
  const length = end - at - LENGTH_BYTES;
  if (length > MOST_BYTES) throw new RangeError(`features take ${length} bytes; at most ${MOST_BYTES} are kept`);
  bytes[at] = length & 255;
  bytes[at + 1] = length >> 8;
}

/** Whether `[from, to)` is so many sections. */
export function isWhole(bytes: Buffer, from: number, to: number, sections: number): boolean {
  let at = from;
  for (let section = 0; section < sections; section += 1) {
    if (at + LENGTH_BYTES > to) return false;
    at = sectionEnd(bytes, at);
  }
  return at === to;
}
