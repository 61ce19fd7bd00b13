import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveError } from './archive-error.ts';
import type { ArchivePlace, PlaceOptions } from './archive-place.ts';
import type { S3Address } from './s3-address.ts';
import { createS3Objects, type S3Objects } from './s3-objects.ts';

/**
 * An archive in a bucket. A file goes up in one conditional request: it appears whole, under a name that was free. Files are
 * 128 MB at most before they are compressed, so they are held in memory on the way.
 */
export async function createS3Place(address: S3Address, options: PlaceOptions): Promise<ArchivePlace> {
  const { bucket, prefix } = address;
  const name = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  const objects = await createS3Objects({ bucket, name, isPathStyle: options.isPathStyle ?? false });
  let scratch: Promise<string> | undefined;
  const inScratch = async () => {
    scratch ??= options.scratchDir ? Promise.resolve(options.scratchDir) : mkdtemp(join(tmpdir(), 'holdfast-archive-'));
    return join(await scratch, `${randomUUID()}.parquet`);
  };
  const keyOf = (path: string) => prefix + path;

  return {
    name,
    async paths() {
      const keys = await objects.keys(prefix);
      return keys.map((key) => key.slice(prefix.length));
    },
    async readText(path) {
      const object = await objects.get(keyOf(path));
      return object?.bytes.toString('utf8');
    },
    createText: (path, text) => objects.create(keyOf(path), Buffer.from(text)),
    writeText: (path, text) => objects.put(keyOf(path), Buffer.from(text)),
    remove: (path) => objects.remove(keyOf(path)),
    draft: inScratch,
    async publish(draft, path) {
      const bytes = await readFile(draft);
      if (!(await objects.create(keyOf(path), bytes, digestOf(bytes)))) await refuseAnother(objects, path, bytes);
      await rm(draft);
    },
    async fetch(path) {
      const object = await objects.get(keyOf(path));
      if (!object) throw new ArchiveError('unreadable', `${name}/${path} is gone: somebody removed it`);
      if (object.digest !== undefined && object.digest !== digestOf(object.bytes)) {
        throw new ArchiveError('unreadable', `${name}/${path} is not what was written: its digest is another`);
      }
      const copy = await inScratch();
      await writeFile(copy, object.bytes, { mode: 0o600 });
      return { path: copy, release: () => rm(copy, { force: true }) };
    },
    async close() {
      objects.close();
      if (scratch && !options.scratchDir) await rm(await scratch, { recursive: true, force: true });
    },
  };

  /** The name is taken: by us, when only the answer was lost, or by a writer that nobody knows of. */
  async function refuseAnother({ digest }: S3Objects, path: string, bytes: Buffer): Promise<void> {
    if ((await digest(keyOf(path))) === digestOf(bytes)) return;
    throw new ArchiveError('overlap', `${name}/${path} is there already: another process wrote it`);
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
