import { LINE_FIELD } from './model.ts';
import { beginSection, endSection, LENGTH_BYTES, sectionEnd } from './sections.ts';
import { hashOfValue } from './value-hash.ts';
import type { Reader, Writer } from './varint.ts';

/**
 * The lines of a customer are stored in order of their keys: 8 bytes of key, two of length, and the line's sections. The key
 * is a hash of what names the line, so that its length does not matter.
 */
export interface LineKey {
  readonly high: number;
  readonly low: number;
}

export interface StoredLine extends LineKey {
  readonly bytes: Buffer;
  /** Where its sections lie, `[from, to)`. */
  readonly from: number;
  readonly to: number;
}

export const LINE_KEY_BYTES = 8;
const SECOND_SEED = 0x9747b28c;

/** Undefined where the event is of no line. */
export function lineOf(event: Readonly<Record<string, unknown>> | undefined): LineKey | undefined {
  const name = event?.[LINE_FIELD];
  if (typeof name !== 'string' || name === '') return undefined;
  return { high: hashOfValue(name) as number, low: hashOfValue(name, SECOND_SEED) as number };
}

export function compareLines(left: LineKey, right: LineKey): number {
  return left.high - right.high || left.low - right.low;
}

/** Reads `[reader.at, end)`. @throws RangeError when the bytes are not of this layout */
export function readLines({ bytes, at: from }: Reader, end: number): readonly StoredLine[] {
  const lines: StoredLine[] = [];
  let at = from;
  while (at + LINE_KEY_BYTES + LENGTH_BYTES <= end) {
    const sections = at + LINE_KEY_BYTES;
    const to = sectionEnd(bytes, sections);
    lines.push({
      high: bytes.readUInt32BE(at),
      low: bytes.readUInt32BE(at + 4),
      bytes,
      from: sections + LENGTH_BYTES,
      to,
    });
    at = to;
  }
  if (at !== end) throw new RangeError('feature bytes end too early');
  return lines;
}

/** Writes the line with the sections that `write` writes. */
export function writeLine(writer: Writer, { high, low }: LineKey, write: () => void): void {
  writer.bytes.writeUInt32BE(high, writer.at);
  writer.at = writer.bytes.writeUInt32BE(low, writer.at + 4);
  const at = beginSection(writer);
  write();
  endSection(writer, at);
}
