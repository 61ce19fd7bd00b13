import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ArchiveError } from './archive-error.ts';
import { UNFINISHED } from './archive-file.ts';
import type { ArchivePlace } from './archive-place.ts';
import { codeOf } from './error-code.ts';
import { publishFile } from './publish.ts';

/** An archive in a folder of a file system that knows hard links. */
export function createFolderPlace(dir: string): ArchivePlace {
  const at = (path: string) => join(dir, path);
  return {
    name: dir,
    async paths() {
      const paths = await readdir(dir, { recursive: true }).catch((error: unknown) => orAbsent(dir, error, []));
      return sep === '/' ? paths : paths.map((path) => path.replaceAll(sep, '/'));
    },
    readText: (path) => readFile(at(path), 'utf8').catch((error: unknown) => orAbsent(at(path), error, undefined)),
    async createText(path, text) {
      try {
        await mkdir(dirname(at(path)), { recursive: true });
        await writeFile(at(path), text, { flag: 'wx' });
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw unusable(at(path), error);
      }
    },
    async writeText(path, text) {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(`${at(path)}${UNFINISHED}`, text);
      await rename(`${at(path)}${UNFINISHED}`, at(path));
    },
    remove: (path) => rm(at(path), { force: true }),
    async draft(path) {
      await mkdir(dirname(at(path)), { recursive: true });
      return `${at(path)}${UNFINISHED}`;
    },
    publish: (draft, path) => publishFile(draft, at(path)),
    fetch: async (path) => ({ path: at(path), release: async () => undefined }),
    close: async () => undefined,
  };
}

function orAbsent<T>(path: string, error: unknown, absent: T): T {
  if (codeOf(error) === 'ENOENT') return absent;
  throw unusable(path, error);
}

function unusable(path: string, error: unknown): ArchiveError {
  return new ArchiveError('unreadable', `${path}: ${String(error)}`, { cause: error });
}
