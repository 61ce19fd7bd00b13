import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnfitFile } from './unfit-file.ts';

/** What tells a file from what it was before, without reading it. */
export interface FileLook {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The bytes of a file, unpacked where it is packed. */
export interface InputFile {
  /** Of the file as it lies there; undefined for standard input. */
  readonly look: FileLook | undefined;
  /** How far into the file the reading is, of `look.sizeBytes`. */
  readBytes(): number;
  /** Its bytes from `start` on. Rejects where it cannot be read, or is packed and cut short. */
  chunks(start: number): AsyncIterable<Buffer>;
}

const READ_BYTES = 262_144;
export const STANDARD_INPUT = '-';

/** Opens nothing yet. Throws `UnfitFile` where there is no such file. */
export async function inputFile(path: string, standardInput: Readable = process.stdin): Promise<InputFile> {
  if (path === STANDARD_INPUT) return { look: undefined, readBytes: () => 0, chunks: () => standardInput };
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw new UnfitFile(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  let position = () => 0;
  return {
    look: { sizeBytes: size, modifiedMs: Math.floor(mtimeMs) },
    readBytes: () => position(),
    chunks(start) {
      const isPacked = path.endsWith('.gz');
      const skipped = isPacked ? 0 : start;
      const file = createReadStream(path, { start: skipped, highWaterMark: READ_BYTES });
      position = () => skipped + file.bytesRead;
      // What goes wrong while unpacking ends the iteration with its error.
      return isPacked
        ? behind(
            start,
            pipeline(file, createGunzip(), () => undefined),
          )
        : file;
    },
  };
}

async function* behind(start: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(Math.max(0, Math.min(chunk.length, start - offset)));
    offset += chunk.length;
    if (wanted.length > 0) yield wanted;
  }
}
