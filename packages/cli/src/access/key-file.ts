import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { type KeyEntry, keyEntryText, readKeyFile, SettingsFileError } from '@holdfast/access';
import { StackFailure } from '../../../../infra/stack/index.mjs';

const EMPTY = 'keys:\n';
/** For whoever runs the gateway alone: digests are no keys, and still nobody else's business. */
const NEW_FILE_MODE = 0o600;

/** Reads and checks a file of keys. Throws `StackFailure` for one that cannot be used. */
export async function loadKeyFile(path: string): Promise<readonly KeyEntry[]> {
  return checked(path, await textOf(path));
}

/** Puts an entry at the end of a file, which is made where there is none. Replaced as a whole: no gateway reads half of it. */
export async function addToKeyFile(path: string, entry: KeyEntry): Promise<void> {
  const { text, mode } = await found(path);
  const longer = `${text.replace(/\n*$/, '\n')}${keyEntryText(entry)}`;
  checked(path, longer);
  const beside = `${path}.${randomUUID()}`;
  await writeFile(beside, longer, { mode, flag: 'wx' });
  await rename(beside, path);
}

function checked(path: string, text: string): readonly KeyEntry[] {
  try {
    return readKeyFile(text);
  } catch (error) {
    if (!(error instanceof SettingsFileError)) throw error;
    throw new StackFailure(`${path}: ${error.message}`, 'packages/access/README.md shows what it looks like');
  }
}

async function found(path: string): Promise<{ text: string; mode: number }> {
  try {
    const { mode } = await stat(path);
    return { text: await textOf(path), mode: mode & 0o777 };
  } catch (error) {
    if (error instanceof StackFailure || !isMissing(error)) throw error;
    return { text: EMPTY, mode: NEW_FILE_MODE };
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StackFailure(`${path} cannot be read`, isMissing(error) ? 'is the path right?' : 'may you read it?');
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
