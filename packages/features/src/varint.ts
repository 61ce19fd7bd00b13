/** Integers up to 2^53 in base 128, low digits first; signed ones zigzag. No BigInt: this runs once per tile. */

/** The bytes have room for everything that will be written: see `FeatureSet.maxBytes`. */
export interface Writer {
  readonly bytes: Uint8Array;
  at: number;
}

export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

export function writeUnsigned(writer: Writer, value: number): void {
  let rest = value;
  while (rest > 0x7fffffff) {
    writer.bytes[writer.at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    writer.bytes[writer.at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  writer.bytes[writer.at++] = rest;
}

export function writeSigned(writer: Writer, value: number): void {
  writeUnsigned(writer, value < 0 ? -value * 2 - 1 : value * 2);
}

/** @throws RangeError at the end of the bytes */
export function readByte(reader: Reader): number {
  const value = reader.bytes[reader.at++];
  if (value === undefined) throw new RangeError('feature bytes end too early');
  return value;
}

/** @throws RangeError at the end of the bytes, or when the number is larger than 2^63 */
export function readUnsigned(reader: Reader): number {
  let value = 0;
  let factor = 1;
  for (let digits = 0; digits < 9; digits += 1) {
    const byte = readByte(reader);
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
  throw new RangeError('feature bytes hold a number that is too large');
}

export function readSigned(reader: Reader): number {
  const value = readUnsigned(reader);
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
