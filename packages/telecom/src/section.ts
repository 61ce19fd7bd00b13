import type { Type } from 'avsc';

/** A part of the state that stays bytes until somebody reads it, and is written again only after a change. */
export interface Section<T> {
  /** The value, to read. */
  read(): T;
  /** The value, to change in place: the next `bytes` writes it again. */
  change(): T;
  bytes(): Buffer;
}

export function sectionOf<T>(type: Type, start: { readonly bytes: Buffer } | { readonly value: T }): Section<T> {
  let bytes = 'bytes' in start ? start.bytes : undefined;
  let value = 'value' in start ? start.value : undefined;
  const read = (): T => {
    value ??= type.fromBuffer(bytes ?? Buffer.alloc(0)) as T;
    return value;
  };
  return {
    read,
    change() {
      const current = read();
      bytes = undefined;
      return current;
    },
    bytes() {
      bytes ??= type.toBuffer(value);
      return bytes;
    },
  };
}
