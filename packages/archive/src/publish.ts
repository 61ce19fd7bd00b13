import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiveError } from './archive-error.ts';
import { codeOf } from './error-code.ts';

/** Gives a written file its name: all of it is on the disk before, and a name that is taken stays whose it is. */
export async function publishFile(unfinished: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sync(unfinished);
  try {
    await link(unfinished, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new ArchiveError('overlap', `${path} is there already: another process wrote it`, { cause: error });
  }
  await sync(dirname(path));
  await rm(unfinished);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
