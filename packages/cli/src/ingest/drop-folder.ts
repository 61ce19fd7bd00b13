import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { progressPathOf, rejectedPathOf } from './ingest-file.ts';

/** What came of one file of a drop folder. */
export type FileOutcome = 'done' | 'failed' | 'stopped';

export interface DropFolderDeps {
  /** Takes one file; never rejects for what is wrong with it. */
  take(path: string): Promise<FileOutcome>;
  /** Waits; true when it was told to stop. */
  pause(): Promise<boolean>;
}

/** Names of files that somebody is still writing, as the usual tools for moving files have them. */
const UNFINISHED = /^\.|\.(part|partial|filepart|tmp|temp|crdownload|swp)$|~$/i;
const OURS = /\.(progress|progress\.next|rejected\.csv)$/;

/**
 * Takes the finished files of a folder, in the order of their names, again and again: each is moved to `done/` beside it, or to
 * `failed/`, with what was written about it. A file is finished once it has its name: whoever drops it writes it under another
 * one and renames it. Ends when it is told to stop.
 */
export async function watchDropFolder(folder: string, deps: DropFolderDeps): Promise<void> {
  for (;;) {
    for (const name of await finishedFiles(folder)) {
      const outcome = await deps.take(join(folder, name));
      if (outcome === 'stopped') return;
      await moveAway(folder, name, outcome);
    }
    if (await deps.pause()) return;
  }
}

async function finishedFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name) && !OURS.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** The file goes last: where it is, the others are, too. */
async function moveAway(folder: string, name: string, outcome: 'done' | 'failed'): Promise<void> {
  const target = join(folder, outcome);
  await mkdir(target, { recursive: true });
  const freeName = await unusedName(target, name);
  for (const pathOf of [rejectedPathOf, progressPathOf, (path: string) => path]) {
    await rename(pathOf(join(folder, name)), pathOf(join(target, freeName))).catch(unlessAbsent);
  }
}

/** A file of the same name may have come before. */
async function unusedName(folder: string, name: string): Promise<string> {
  for (let count = 0; ; count += 1) {
    const candidate = count === 0 ? name : `${name}.${count}`;
    if ((await stat(join(folder, candidate)).catch(unlessAbsent)) === undefined) return candidate;
  }
}

function unlessAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
