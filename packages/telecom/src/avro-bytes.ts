/** Avro's primitives by hand, for what is read and written on every event. */

export interface ByteReader {
  readonly bytes: Buffer;
  at: number;
}

export interface ByteWriter {
  bytes: Buffer;
  at: number;
}

const MAX_DIGITS = 9;
/** So many digits fit into an integer of 31 bits: a remainder of larger numbers takes a call into the runtime each. */
const LOW_DIGITS = 4;
const LOW_UNIT = 128 ** LOW_DIGITS;
const TOO_SHORT = 'the state ends before its record does';

/** A long or an int within ±2^53. @throws RangeError when the bytes end, or the number is beyond that */
export function readLong(reader: ByteReader): number {
  const { bytes } = reader;
  let at = reader.at;
  let byte = bytes[at++] ?? 0;
  if (byte < 128 && at <= bytes.length) {
    reader.at = at;
    return byte & 1 ? -((byte + 1) >> 1) : byte >> 1;
  }
  let low = byte & 127;
  for (let shift = 7; byte >= 128 && shift < 7 * LOW_DIGITS; shift += 7) {
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << shift;
  }
  let high = 0;
  for (let digits = LOW_DIGITS, factor = 1; byte >= 128; digits += 1, factor *= 128) {
    if (digits >= MAX_DIGITS) throw new RangeError('the state holds a number that is too large');
    byte = bytes[at++] ?? 0;
    high += (byte & 127) * factor;
  }
  if (at > bytes.length) throw new RangeError(TOO_SHORT);
  reader.at = at;
  const half = high * (LOW_UNIT / 2) + (low >>> 1);
  return (low & 1) === 1 ? -(half + 1) : half;
}

/** Number of bytes of a text or of bytes that begin here; the reader stands at the first of them. */
export function readLength(reader: ByteReader): number {
  const length = readLong(reader);
  if (length < 0 || reader.at + length > reader.bytes.length) throw new RangeError(TOO_SHORT);
  return length;
}

/** Items in the next block of an array, 0 at its end. @throws RangeError for more than there are bytes left */
export function readBlock(reader: ByteReader): number {
  const count = readLong(reader);
  if (count === 0) return 0;
  if (count < 0) readLong(reader);
  const items = Math.abs(count);
  if (items > reader.bytes.length - reader.at) throw new RangeError(TOO_SHORT);
  return items;
}

export function readText(reader: ByteReader): string {
  const length = readLength(reader);
  const from = reader.at;
  reader.at += length;
  if (length > MAX_SHARED_LENGTH) return reader.bytes.toString('utf8', from, reader.at);
  return sharedText(reader.bytes, from, reader.at);
}

export function readBoolean(reader: ByteReader): boolean {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new RangeError(TOO_SHORT);
  return byte !== 0;
}

const DOUBLE_BYTES = 8;

export function readDouble(reader: ByteReader): number {
  const { at } = reader;
  reader.at = at + DOUBLE_BYTES;
  if (reader.at > reader.bytes.length) throw new RangeError(TOO_SHORT);
  return reader.bytes.readDoubleLE(at);
}

/** Skips a long or an int. */
export function skipLong(reader: ByteReader): void {
  const { bytes } = reader;
  let at = reader.at;
  while ((bytes[at] ?? 0) >= 128) at += 1;
  reader.at = at + 1;
  if (reader.at > bytes.length) throw new RangeError(TOO_SHORT);
}

/** Skips a text or bytes. */
export function skipBytes(reader: ByteReader): void {
  const length = readLength(reader);
  reader.at += length;
}

/** Texts that return again and again (types, sources, zones): making a string anew costs more than knowing it. */
const SHARED_PLACES = 1024;
const MAX_SHARED_LENGTH = 40;
const shared: (string | undefined)[] = new Array<undefined>(SHARED_PLACES).fill(undefined);

function sharedText(bytes: Buffer, from: number, to: number): string {
  const place = placeOf(bytes, from, to);
  const known = shared[place];
  if (known !== undefined && isText(known, bytes, from, to)) return known;
  const text = bytes.toString('utf8', from, to);
  shared[place] = text;
  return text;
}

/** A few bytes tell the texts apart that return; where they do not, the text is made anew. */
function placeOf(bytes: Buffer, from: number, to: number): number {
  const middle = (from + to) >> 1;
  let hash = to - from;
  hash = Math.imul(hash ^ (bytes[from] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (bytes[(from + middle) >> 1] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (bytes[middle] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (bytes[(middle + to) >> 1] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (bytes[to - 1] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 13)) & (SHARED_PLACES - 1);
}

/** Whether the bytes are this text; false for a text beyond ASCII, which is made anew then. */
function isText(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let index = 0; index < text.length; index += 1) {
    const byte = bytes[from + index] ?? 0;
    if (byte >= 128 || text.charCodeAt(index) !== byte) return false;
  }
  return true;
}

export function writeLong(writer: ByteWriter, value: number): void {
  const { bytes } = writer;
  let at = writer.at;
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  while (rest > 0x7fffffff) {
    const low = rest & (LOW_UNIT - 1);
    for (let shift = 0; shift < 7 * LOW_DIGITS; shift += 7) bytes[at++] = ((low >>> shift) & 127) | 128;
    rest = (rest - low) / LOW_UNIT;
  }
  while (rest >= 128) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  writer.at = at;
}

/** From here on a call into the runtime is cheaper than a loop. */
const MANY_BYTES = 48;

/** The bytes `[from, to)` with their length before them. */
export function writeBytes(writer: ByteWriter, source: Buffer, from: number, to: number): void {
  writeLong(writer, to - from);
  writer.at = copyBytes(source, from, to, writer.bytes, writer.at);
}

/** Copies `[from, to)` to `at` of `target`; answers where the copy ends. */
export function copyBytes(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from >= MANY_BYTES) return at + source.copy(target, at, from, to);
  let end = at;
  for (let index = from; index < to; index += 1) target[end++] = source[index] ?? 0;
  return end;
}

export function writeText(writer: ByteWriter, text: string): void {
  const { bytes } = writer;
  const start = writer.at;
  writeLong(writer, text.length);
  let at = writer.at;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 128) {
      writer.at = start;
      writeWideText(writer, text);
      return;
    }
    bytes[at++] = unit;
  }
  writer.at = at;
}

function writeWideText(writer: ByteWriter, text: string): void {
  writeLong(writer, Buffer.byteLength(text));
  writer.at += writer.bytes.write(text, writer.at);
}
