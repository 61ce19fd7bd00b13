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
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  const mix = (bytes: Uint8Array | null) => {
    for (let i = 0; i < (bytes?.length ?? 0); i++) {
      const x = bytes?.[i] ?? 0;
      a = Math.imul(a ^ x, 0x01000193);
      b = Math.imul(b ^ x, 0x85ebca6b) ^ (b >>> 15);
    }
    a = Math.imul(a ^ (bytes ? 0x100 : 0x101), 0x01000193);
    b = Math.imul(b ^ (bytes ? 0x100 : 0x101), 0x85ebca6b);
  };
  mix(key);
  mix(value);
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
