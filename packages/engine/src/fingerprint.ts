import type { LogRecord } from './ports/log.ts';
import type { Fingerprint } from './ports/store.ts';

/** Identifies a record well enough to notice that another log stands in its place. */
export function fingerprintOf(record: Pick<LogRecord, 'offset' | 'appendTime' | 'key' | 'value'>): Fingerprint {
  return { offset: record.offset, appendTime: record.appendTime, hash: hashOf(record) };
}

/** Hash of key and value: equal for the same message wherever it stands. */
export function hashOf(message: Pick<LogRecord, 'key' | 'value'>): string {
  return hash64(message.key, message.value);
}

/** Two 32-bit FNV-1a lanes over key, a separator and value: not cryptographic, it meets accidents, not attackers. */
function hash64(key: Uint8Array | null, value: Uint8Array | null): string {
  return hex(laneA(laneA(0x811c9dc5, key), value)) + hex(laneB(laneB(0x9747b28c, key), value));
}

function laneA(start: number, bytes: Uint8Array | null): number {
  let a = start;
  const length = bytes?.length ?? 0;
  for (let i = 0; i < length; i++) a = Math.imul(a ^ (bytes?.[i] ?? 0), 0x01000193);
  return Math.imul(a ^ separatorOf(bytes), 0x01000193);
}

function laneB(start: number, bytes: Uint8Array | null): number {
  let b = start;
  const length = bytes?.length ?? 0;
  for (let i = 0; i < length; i++) b = Math.imul(b ^ (bytes?.[i] ?? 0), 0x85ebca6b) ^ (b >>> 15);
  return Math.imul(b ^ separatorOf(bytes), 0x85ebca6b);
}

/** Nothing and an empty text are not the same. */
function separatorOf(bytes: Uint8Array | null): number {
  return bytes ? 0x100 : 0x101;
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight digits, five times as fast as the number's own way to write itself. */
function hex(word: number): string {
  const digitsOf = (shift: number) => DIGITS[(word >>> shift) & 0xff] ?? '';
  return digitsOf(24) + digitsOf(16) + digitsOf(8) + digitsOf(0);
}
