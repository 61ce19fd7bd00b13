import { hash } from 'node:crypto';

/** A number in `[0, 1)` that follows from an id and its try: the same in every run, and even over ids. */
export function spread(id: string, tries: number): number {
  return hash('sha1', `${id}:${tries}`, 'buffer').readUInt32BE(0) / 2 ** 32;
}
