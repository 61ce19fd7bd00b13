import type { Writer } from './varint.ts';

/** A bit per place, the lowest of a byte first: which of the numbers that follow are there. */
export function bitmapBytes(places: number): number {
  return (places + 7) >> 3;
}

export function isBitSet(bytes: Buffer, at: number, place: number): boolean {
  return (((bytes[at + (place >> 3)] ?? 0) >> (place & 7)) & 1) === 1;
}

/** The place of the lowest of the bits left in a byte of the bitmap; there is one. */
export function placeOf(byte: number, bits: number): number {
  return (byte << 3) + 31 - Math.clz32(bits & -bits);
}

export function setBit(bytes: Buffer, at: number, place: number): void {
  const byteAt = at + (place >> 3);
  bytes[byteAt] = (bytes[byteAt] as number) | (1 << (place & 7));
}

/** Writes an empty bitmap of so many bytes and answers where. */
export function beginBitmap(writer: Writer, length: number): number {
  const { at } = writer;
  for (let byte = 0; byte < length; byte += 1) writer.bytes[writer.at++] = 0;
  return at;
}
