/**
 * Integers up to 2^53 in base 128, low digits first; signed ones zigzag. No BigInt: this runs once per tile, so a cursor is
 * one object for a whole state.
 */

/** The bytes have room for everything that will be written: see `FeatureSet.maxBytes`. */
export interface Writer {
  readonly bytes: Buffer;
  at: number;
}

export interface Reader {
  bytes: Buffer;
  at: number;
}

const MAX_DIGITS = 9;
/** So many digits fit into an integer of 31 bits, which is divided without a call into the runtime. */
const SHORT_DIGITS = 4;
const SHORT_UNIT = 128 ** SHORT_DIGITS;

export function writeUnsigned(writer: Writer, value: number): void {
  const { bytes } = writer;
  let at = writer.at;
  let rest = value;
  while (rest > 0x7fffffff) {
    const low = rest & (SHORT_UNIT - 1);
    for (let shift = 0; shift < 7 * SHORT_DIGITS; shift += 7) bytes[at++] = ((low >>> shift) & 127) | 128;
    rest = (rest - low) / SHORT_UNIT;
  }
  while (rest >= 128) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  writer.at = at;
}

export function writeSigned(writer: Writer, value: number): void {
  writeUnsigned(writer, value < 0 ? -value * 2 - 1 : value * 2);
}

/** @throws RangeError at the end of the bytes, or when the number is larger than 2^63 */
export function readUnsigned(reader: Reader): number {
  const { bytes, at } = reader;
  const first = bytes[at] ?? 0;
  if (first >= 128 || at >= bytes.length) return readDigits(reader);
  reader.at = at + 1;
  return first;
}

function readDigits(reader: Reader): number {
  const { bytes } = reader;
  let at = reader.at;
  let byte = 128;
  let low = 0;
  for (let shift = 0; byte >= 128 && shift < 7 * SHORT_DIGITS; shift += 7) {
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << shift;
  }
  let high = 0;
  for (let digits = SHORT_DIGITS, factor = 1; byte >= 128; digits += 1, factor *= 128) {
    if (digits === MAX_DIGITS) throw new RangeError('feature bytes hold a number that is too large');
    byte = bytes[at++] ?? 0;
    high += (byte & 127) * factor;
  }
  if (at > bytes.length) throw new RangeError('feature bytes end too early');
  reader.at = at;
  return high * SHORT_UNIT + low;
}

export function readSigned(reader: Reader): number {
  const value = readUnsigned(reader);
  if (value <= 0x7fffffff) return (value >>> 1) ^ -(value & 1);
  return (value & 1) === 1 ? -(value + 1) / 2 : value / 2;
}

/** Passes over so many numbers. @throws RangeError like `readUnsigned` */
export function skipNumbers(reader: Reader, count: number): void {
  const { bytes } = reader;
  let at = reader.at;
  for (let left = count; left > 0; left -= 1) {
    const start = at;
    while ((bytes[at] ?? 0) >= 128) at += 1;
    at += 1;
    if (at - start > MAX_DIGITS) throw new RangeError('feature bytes hold a number that is too large');
  }
  if (at > bytes.length) throw new RangeError('feature bytes end too early');
  reader.at = at;
}
