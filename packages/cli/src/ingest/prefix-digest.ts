import { createHash } from 'node:crypto';
import type { InputFile } from './input-file.ts';

/** The digest of a file's bytes up to a place that lags behind what was read of it. */
export interface PrefixDigest {
  push(chunk: Buffer): void;
  /** The digest of everything before the offset, which never goes back. */
  at(offset: number): string;
}

/** Begins with the bytes before `start`, which it reads again. Undefined when the file has fewer. */
export async function prefixDigest(file: InputFile, start: number): Promise<PrefixDigest | undefined> {
  const hash = createHash('sha256');
  let hashed = 0;
  let waiting: Buffer[] = [];
  const take = (until: number): void => {
    while (hashed < until) {
      const [chunk] = waiting;
      if (chunk === undefined) return;
      const wanted = chunk.subarray(0, until - hashed);
      hash.update(wanted);
      hashed += wanted.length;
      if (wanted.length === chunk.length) waiting.shift();
      else waiting[0] = chunk.subarray(wanted.length);
    }
  };
  if (start > 0) {
    for await (const chunk of file.chunks(0)) {
      waiting.push(chunk);
      take(start);
      if (hashed === start) break;
    }
    if (hashed < start) return undefined;
    waiting = [];
  }
  return {
    push: (chunk) => void waiting.push(chunk),
    at(offset) {
      take(offset);
      return hash.copy().digest('hex');
    },
  };
}
